"""The default job over several seeds: what it learns, what it costs, and what was aimed at."""
