"""Summaries of posts: from the files of SLF5K, or of made-up posts whose points are known."""
