"""How fast causal policies are trained, beside TRL's trainer on the same episodes."""
