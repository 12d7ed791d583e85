"""The recipes that learn from language feedback, on the same task and for the same words of it."""
