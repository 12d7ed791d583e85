"""How large the report is with many episodes, and how fast it opens and filters in a browser."""
