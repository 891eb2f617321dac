"""Cost and latency per tier, for people: read through queries, drawn by charts."""
