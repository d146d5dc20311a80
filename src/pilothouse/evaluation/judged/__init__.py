"""Metrics whose verdicts a model gives, one claim, context or turn at a time."""
