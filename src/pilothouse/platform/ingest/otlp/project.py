"""Which project the spans of a resource belong to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_HEADERS: Final = ("x-pilothouse-project", "langsmith-project", "x-project-name")
PROJECT_KEYS: Final = (
    "pilothouse.project",
    "openinference.project.name",
    "langsmith.trace.session_name",
)


def project_of(
    headers: Mapping[str, str], resource: Mapping[str, Any], attributes: Mapping[str, Any]
) -> str:
    """The project that headers, a span's attributes or its resource name, else "default"."""
    for header in _HEADERS:
        if name := headers.get(header, "").strip():
            return name
    for key in PROJECT_KEYS:
        for found in (attributes.get(key), resource.get(key)):
            if isinstance(found, str) and found.strip():
                return found.strip()
    service = resource.get("service.name")
    if isinstance(service, str) and service and not service.startswith("unknown_service"):
        return service
    return "default"
