"""Touchdown and map2seq: how fast the environment is, what its landmarks and the traffic tell."""
