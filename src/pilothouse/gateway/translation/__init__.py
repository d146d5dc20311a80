"""Requests, answers and streams of one protocol in the words of another.

Chat completions are the hub: what a client of responses asks of Anthropic is a chat completion in
between. Each file beside this one is one direction of one thing.
"""

from pilothouse.gateway.translation.between import Protocol, Translation, between, spoken_at
from pilothouse.gateway.translation.events import Turned
from pilothouse.gateway.translation.parts import Untranslatable

__all__ = ["Protocol", "Translation", "Turned", "Untranslatable", "between", "spoken_at"]
