"""Pilothouse takes LLM applications from pilot to production."""
