"""Copies what a LangSmith server holds to ours, area by area, and goes on where it stopped."""
