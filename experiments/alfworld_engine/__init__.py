"""That the fast engine says exactly what ALFWorld's own engine says, and how much faster it is."""
