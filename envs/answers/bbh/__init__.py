"""BIG-Bench Hard: its 27 families from the user's files, 15 of them generated for who has none."""
