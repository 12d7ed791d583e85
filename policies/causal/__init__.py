"""Policies that are causal chat models: an episode is a conversation, an action is a reply."""
