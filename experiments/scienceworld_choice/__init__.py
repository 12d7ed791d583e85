"""How fast ScienceWorld's actions are chosen in stages, and what that choice can miss."""
