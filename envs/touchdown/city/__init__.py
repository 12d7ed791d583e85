"""A made-up city in the real format: streets, places, routes and instructions, from a seed."""
