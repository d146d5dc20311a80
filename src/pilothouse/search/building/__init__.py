"""Builds an index in shards, by this process, by others, or by a Ray cluster."""

from pilothouse.search.building.build import BACKENDS, build_index

__all__ = ["BACKENDS", "build_index"]
