"""Serves an index over HTTP: the book's route, a structured one, a page, health and metrics."""
