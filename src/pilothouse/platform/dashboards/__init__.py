"""Dashboards of projects: panels that measure what the team wants to see."""
