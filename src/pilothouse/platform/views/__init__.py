"""Saved views: a scope, filter, columns and order under a name."""
