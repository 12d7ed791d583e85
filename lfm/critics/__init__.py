"""Critics: who says which steps were productive, and why."""
