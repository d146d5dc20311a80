"""Addresses: how runs name an agent and its environment in place of a project."""

from __future__ import annotations

import re
from typing import Any, Final

from pilothouse.platform.errors import Unprocessable

ENVIRONMENTS: Final = ("local", "development", "staging", "production")
EVALUATORS: Final = "evaluators"
"""The project that clients write the runs of evaluators to."""
_AGENT: Final = re.compile(
    rf"lrn:agents/([a-z](?:[a-z0-9-]{{0,61}}[a-z0-9])?)/environments/({'|'.join(ENVIRONMENTS)})"
)


def agent_project(agent: str, environment: str) -> str:
    """The name of the project of an agent in an environment."""
    return f"{agent}-{environment.lower()}"


def project_at(address: Any, where: str) -> str:
    """The name of the project that an address means, "" for no address. Raises Unprocessable."""
    if address is None:
        return ""
    found = _AGENT.fullmatch(address) if isinstance(address, str) else None
    if found is None:
        raise Unprocessable(f"{where}: that is no address of an agent and its environment")
    return agent_project(*found.groups())
