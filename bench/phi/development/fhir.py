"""FHIR resources: as text in a prompt, as arguments of a tool, as its result, as context."""

import json
from pathlib import Path
from random import Random
from typing import Any

from bench.phi.author_file import read
from bench.phi.cases import HARD, ORDINARY, Author, Case, leaves_of
from bench.phi.marked import Marked, joined
from bench.phi.scene import Scene

NAME = "fhir"
HABITS, _ = read(Path(__file__).parent / "interface_team.txt")


def _patient(scene: Scene) -> dict[str, Any]:
    fill = scene.fill
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": fill("{pt.mrn}"),
        "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-ssn", "value": fill("{pt.ssn}")},
            {"type": {"coding": [{"code": "MR"}]}, "value": fill("{pt.mrn}")},
        ],
        "name": [{"use": "official", "family": fill("{pt.last}"), "given": [fill("{pt.first}")]}],
        "telecom": [
            {"system": "phone", "value": fill("{pt.phone}")},
            {"system": "email", "value": fill("{pt.email}")},
        ],
        "gender": "female" if scene.patient.sex == "F" else "male",
        "birthDate": fill("{pt.dob.%Y-%m-%d}"),
        "address": [
            {
                "line": [fill("{pt.street}")],
                "city": fill("{pt.city}"),
                "state": fill("{state}"),
                "postalCode": fill("{pt.zip}"),
            }
        ],
        "contact": [
            {
                "relationship": [{"text": "spouse"}],
                "name": {"family": fill("{rel.last}"), "given": [fill("{rel.first}")]},
                "telecom": [{"value": fill("{rel.phone}")}],
            }
        ],
        "generalPractitioner": [{"display": fill("{doc.firstlast}")}],
        "text": {"div": fill("<div>{pt.firstlast}, {pt.dob}</div>")},
    }
    for member in scene.rng.sample(sorted(set(resource) - {"resourceType", "name"}), 3):
        del resource[member]
    return resource


def _observation(scene: Scene) -> dict[str, Any]:
    fill = scene.fill
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": "HbA1c"},
        "subject": {"display": fill("{pt.firstlast}")},
        "effectiveDateTime": fill("{d0.%Y-%m-%d}"),
        "valueQuantity": {"value": fill("{#5-11.1}"), "unit": "%"},
        "performer": [{"display": fill("{org}")}],
        "note": [{"text": fill("{pt.first} was fasting; called {rel.first} at {rel.phone}.")}],
    }


def _encounter(scene: Scene) -> dict[str, Any]:
    fill = scene.fill
    return {
        "resourceType": "DocumentReference",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "date": fill("{d0.%Y-%m-%d}"),
        "author": [{"display": fill("Dr. {doc.firstlast}")}],
        "custodian": {"display": fill("{org}")},
        "description": fill("{plain}"),
        "content": fill("{pt.firstlast} came with {complaint}. {vitals}. {plan}"),
    }


def _bundle(scene: Scene) -> dict[str, Any]:
    makers = scene.rng.sample([_patient, _observation, _encounter], scene.rng.randint(1, 3))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": make(scene)} for make in makers],
    }


def _structured(carriage: str) -> Any:
    def write(rng: Random) -> Case:
        scene = Scene(rng, HABITS)
        return scene.case(NAME, carriage, ORDINARY, _bundle(scene), carriage=carriage)

    return write


def as_json(content: Any, indent: int | None) -> Marked:
    """Return a tree as the JSON text of it, its labels in their places."""
    marks = [leaf for _, leaf in leaves_of(content)]
    numbered = iter(range(len(marks)))
    text = json.dumps(_numbered(content, numbered), indent=indent)
    parts: list[str | Marked] = []
    for index, leaf in enumerate(marks):
        before, _, text = text.partition(f"\\u0000{index}\\u0000")
        parts += [before, leaf.in_json()]
    return joined([*parts, text])


def _numbered(content: Any, numbers: Any) -> Any:
    if isinstance(content, dict):
        return {name: _numbered(item, numbers) for name, item in content.items()}
    if isinstance(content, list):
        return [_numbered(item, numbers) for item in content]
    return f"\x00{next(numbers)}\x00"


def _text(rng: Random) -> Case:
    scene = Scene(rng, HABITS)
    text = "Summarize:\n" + as_json(_bundle(scene), rng.choice((None, 1, 2)))
    return scene.case(NAME, "text", ORDINARY, text)


def _in_string(rng: Random) -> Case:
    """JSON inside a string of the arguments of a tool."""
    scene = Scene(rng, HABITS)
    content = {"query": scene.fill("{code}"), "body": as_json(_bundle(scene), None)}
    return scene.case(NAME, "json in a string", HARD, content, carriage="tool_use")


AUTHOR = Author(
    NAME,
    ordinary={
        **{one: _structured(one) for one in ("tool_use", "context")},
        "text": _text,
    },
    hard={"json in a string": _in_string},
)
