"""Writing: policies that answer in their own words, and how they are trained."""
