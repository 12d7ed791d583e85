"""Touchdown and map2seq: how fast the environment is, and what its landmarks tell."""
