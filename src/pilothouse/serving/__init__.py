"""Serves a Python object as a web service."""

from pilothouse.serving.app import App
from pilothouse.serving.context import Context
from pilothouse.serving.errors import Refusal, SetupError
from pilothouse.serving.keys import Principal
from pilothouse.serving.targets import Target

__all__ = ["App", "Context", "Principal", "Refusal", "SetupError", "Target"]
