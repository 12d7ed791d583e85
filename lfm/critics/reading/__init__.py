"""From what a language model wrote about a window to labels of its steps."""
