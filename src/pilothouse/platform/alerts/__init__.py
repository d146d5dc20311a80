"""Alerts: rules over measures, what came of them, and who is told."""
