"""What the routes of the LangSmith protocol translate into."""

from __future__ import annotations

from dataclasses import dataclass

from pilothouse.platform.ingest.langsmith.service import RunIngest
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.settings import Settings
from pilothouse.platform.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The platform's services, as far as the protocol needs them."""

    settings: Settings
    store: Store
    projects: ProjectDirectory
    runs: RunIngest
