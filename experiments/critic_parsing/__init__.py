"""Whether the readers of critics' answers survive whatever a language model writes."""
