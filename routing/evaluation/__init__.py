"""How well tiers are chosen: labelled requests judged, in figures with intervals, and compared."""
