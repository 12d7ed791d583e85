"""Word removal cloned by a small writer from random weights."""
