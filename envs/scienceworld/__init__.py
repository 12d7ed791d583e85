"""ScienceWorld: school science in text, over the official simulator."""
