"""Learning methods, built from the stages of :mod:`lfm.stages`."""
