"""The method: critics, feedback model, recipes, evaluation, reports and commands."""
