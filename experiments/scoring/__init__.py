"""What it costs a causal policy to score every admissible action, and that nothing changes."""
