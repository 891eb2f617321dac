"""The model that comes with the product, in use until an administrator promotes another."""

from pathlib import Path
from typing import Final

from routing.classify.learned import load

FILE: Final = Path(__file__).with_name("tiers.model")
SHIPPED: Final = load(FILE.read_bytes())
