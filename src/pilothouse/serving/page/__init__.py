"""The chat page and the playground: built by Vite from web/, served from this package."""

from pilothouse.serving.page.pages import Pages

__all__ = ["Pages"]
