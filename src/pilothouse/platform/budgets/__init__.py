"""Budgets: what a project may spend in a day, week or month, how far it is, and who is told."""
