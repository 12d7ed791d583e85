"""The method on ScienceWorld: what it learns, under which conditions, and what it costs."""
