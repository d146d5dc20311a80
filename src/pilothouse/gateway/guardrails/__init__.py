"""Guardrails: checks on what goes to models and comes from them, and what is done about it."""

from pilothouse.gateway.guardrails.guarding import Guarding
from pilothouse.gateway.guardrails.helpers import Helpers, Kept
from pilothouse.gateway.guardrails.models import Guardrail, Judgement, Subject

__all__ = ["Guarding", "Guardrail", "Helpers", "Judgement", "Kept", "Subject"]
