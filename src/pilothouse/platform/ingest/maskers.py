"""Each project's masker, made again when its rules change."""

from __future__ import annotations

from pilothouse.platform.ingest.masking import Masker
from pilothouse.platform.projects.models import MaskingRule
from pilothouse.platform.projects.service import ProjectDirectory


class Maskers:
    """From the name of a project to its masker, None where nothing is masked."""

    def __init__(self, projects: ProjectDirectory) -> None:
        self._projects = projects
        self._made: dict[int, tuple[tuple[MaskingRule, ...], Masker]] = {}

    def __call__(self, name: str) -> Masker | None:
        project = self._projects.by_id(self._projects.id_of(name))
        if project is None or not project.masking:
            return None
        made = self._made.get(project.id)
        if made is None or made[0] is not project.masking:
            made = (project.masking, Masker(project.masking))
            self._made[project.id] = made
        return made[1]
