"""A small language model that learns to criticise, is served, and teaches a policy."""
