"""What was tried and measured: one folder per claim, with the commands that show it."""
