"""Everything a bare machine needs to run the router: environment, engines, processes.

Standard library only: this package runs before anything is installed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is where an older Python is told so
    raise SystemExit(
        "The router needs Python 3.11 or newer; set PYTHON to one, for example "
        "`make run PYTHON=python3.12`."
    )
