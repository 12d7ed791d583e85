"""How fast and how small the ScienceWorld simulator is when asked only for what is wanted."""
