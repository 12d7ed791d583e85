"""Touchdown and map2seq: walking through a city's streets by text."""
