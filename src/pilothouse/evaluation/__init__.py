"""Evaluators, metrics, statistics and the experiment runner. Works without a server."""
