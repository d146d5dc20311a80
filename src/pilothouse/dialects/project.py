"""Which project a span goes to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

DEFAULT: Final = "default"
HEADERS: Final = ("x-pilothouse-project", "langsmith-project", "x-project-name")
ATTRIBUTES: Final = (
    "pilothouse.project",
    "openinference.project.name",
    "langsmith.trace.session_name",
)
_UNNAMED: Final = "unknown_service"
"""OpenTelemetry's own name for a service that has none."""


def project_of(
    headers: Mapping[str, str], resource: Mapping[str, Any], attributes: Mapping[str, Any]
) -> str:
    """The project's name: from a header, an attribute of span or resource, or the service."""
    if headers:
        for name in HEADERS:
            found = headers.get(name)
            if found and found.strip():
                return found.strip()
        spelled = {key.lower(): value for key, value in headers.items()}
        for name in HEADERS:
            found = spelled.get(name)
            if found and found.strip():
                return found.strip()
    for key in ATTRIBUTES:
        value = attributes.get(key) or resource.get(key)
        if type(value) is str and value.strip():
            return value.strip()
    service = resource.get("service.name")
    if type(service) is str and service.strip() and not service.startswith(_UNNAMED):
        return service.strip()
    return DEFAULT
