"""What the commands answer to bad input, tried for real."""
