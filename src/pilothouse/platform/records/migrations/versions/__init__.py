"""Numbered, forwards only."""
