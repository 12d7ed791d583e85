"""The method on ALFWorld's official games: what each of its parts is worth."""
