"""The ScienceWorld critic, judged by the gold script's distance to the goal."""
