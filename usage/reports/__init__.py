"""What finance reads: what was spent, what it would have been, and by what it became less."""
