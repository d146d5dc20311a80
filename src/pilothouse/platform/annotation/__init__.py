"""Queues of runs that people review by a rubric, and how far the reviewers agree."""
