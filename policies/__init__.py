"""Acting and imitation: policies that choose among admissible actions, and how they are trained."""
