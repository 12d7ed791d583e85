"""What official rooms are made of: where the generator's statistics come from."""
