"""`.venv/bin/python -m bench.phi`: the evaluation alone, without engines or a database."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from bench.phi import main

RESULT = Path(__file__).resolve().parent.parent / "results" / "phi.json"

if __name__ == "__main__":
    figures = main(sys.argv[1:])
    if "--record" in sys.argv:
        document = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "figures": figures}
        RESULT.write_text(json.dumps(document, indent=1) + "\n")
        print(f"\nRecorded in {RESULT}")
