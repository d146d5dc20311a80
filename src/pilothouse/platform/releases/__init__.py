"""Releases: A/B splits, shadows, and challengers that take a champion's traffic step by step."""
