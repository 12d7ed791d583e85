"""The feedback model, judged: against the critic, against the planner, and by what it leads to."""
