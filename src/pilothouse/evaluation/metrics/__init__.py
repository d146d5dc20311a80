"""Metrics that need no judge: of texts, labels, rankings, calls and structures."""
