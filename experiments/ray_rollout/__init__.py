"""Roll-outs on a Ray cluster: what several nodes are worth, and what a kill costs."""
