"""Authors whose texts may be looked at while the engine is tuned."""

from pathlib import Path

from bench.phi.author_file import author
from bench.phi.cases import Author
from bench.phi.development import fhir

_HERE = Path(__file__).parent
AUTHORS: tuple[Author, ...] = (
    author(_HERE / "family_practice.txt"),
    author(_HERE / "city_hospital.txt"),
    author(_HERE / "dictating_specialists.txt"),
    author(_HERE / "interface_team.txt"),
    author(_HERE / "outpatient_programs.txt"),
    fhir.AUTHOR,
    author(_HERE / "without_phi.txt"),
    author(_HERE / "teaching.txt"),
    author(_HERE / "night_shift.txt"),
    author(_HERE / "front_office.txt"),
    author(_HERE / "overseas.txt"),
    author(_HERE / "shelf.txt"),
    author(_HERE / "many_hands.txt"),
    author(_HERE / "shared_desk.txt"),
    author(_HERE / "nobody.txt"),
    author(_HERE / "terminals.txt"),
    author(_HERE / "clinica.txt"),
    author(_HERE / "hospice_team.txt"),
    author(_HERE / "school_nurse.txt"),
    author(_HERE / "street_to_bed.txt"),
    author(_HERE / "veterans_home.txt"),
)
