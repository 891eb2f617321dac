"""Presidio on the same texts, in a Python environment of its own (docs/phi-evaluation.md).

Reads lines of {"texts": [...], "deny": [...]} and writes lines of {"found": [[start, end, score]
of each text], "ns": CPU}. Without a model for names: none can be installed as a package here, so a
blank pipeline stands in, and names are found by the deny list (the patient's record) only.
"""

import json
import logging
import sys
import time
from typing import Any

import spacy
from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
from presidio_analyzer.nlp_engine import SpacyNlpEngine


class _BlankPipeline(SpacyNlpEngine):  # type: ignore[misc]
    """Splits words; finds no entities."""

    def __init__(self) -> None:
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}


def _analyzer() -> Any:
    engine = _BlankPipeline()
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=engine)
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def main() -> None:
    logging.disable(logging.WARNING)
    analyzer = _analyzer()
    for line in sys.stdin:
        asked = json.loads(line)
        start = time.process_time_ns()
        known = [PatternRecognizer("RECORD", deny_list=asked["deny"])] if asked["deny"] else []
        found = [
            [
                (one.start, one.end, one.score)
                for one in analyzer.analyze(text, "en", ad_hoc_recognizers=known)
            ]
            for text in asked["texts"]
        ]
        spent = time.process_time_ns() - start
        sys.stdout.write(json.dumps({"found": found, "ns": spent}) + "\n")


if __name__ == "__main__":
    main()
