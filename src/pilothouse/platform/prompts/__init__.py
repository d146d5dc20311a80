"""Prompts with versions, labels, and rendering."""
