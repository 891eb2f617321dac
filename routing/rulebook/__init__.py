"""How drafts of task types, rules and losses become the rulebook that decides."""
