"""Modules in the place of others: code that was written for those changes its imports alone."""
