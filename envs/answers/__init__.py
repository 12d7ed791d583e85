"""Tasks that are answered in the agent's own words, and whose answers can be checked."""
