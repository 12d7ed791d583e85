"""Several of the text tasks as one environment, for one model that learns them all."""
