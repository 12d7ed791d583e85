"""LFM that also imitates what the critic suggests, beside LFM and beside a planner's advice."""
