"""What can be seen along the way: landmarks and where they are."""
