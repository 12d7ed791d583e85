"""Four architectures of a policy, trained for the same processor time on the same episodes."""
