"""Writing answers anew when feedback has been heard: asking, sampling, choosing."""
