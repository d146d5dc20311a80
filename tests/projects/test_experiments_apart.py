"""Projects that hold an experiment's runs stay out of the lists of projects."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from pilothouse.platform.errors import Conflict
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.records import Records


@pytest.fixture
def projects(tmp_path: Path) -> ProjectDirectory:
    records = Records(f"sqlite:///{tmp_path / 'records.db'}")
    records.migrate()
    return ProjectDirectory(records)


def test_an_experiment_is_found_by_name_and_uuid_but_not_listed(projects: ProjectDirectory) -> None:
    chosen = str(uuid.uuid4())
    plain = projects.create("support")

    experiment = projects.create("prompt-b-1f2e", uuid=chosen, kind="experiment")

    assert projects.by_uuid(chosen) == experiment
    assert projects.id_of("prompt-b-1f2e") == experiment.id
    assert projects.plain() == [plain]
    assert {project.name for project in projects.all()} == {"support", "prompt-b-1f2e"}


def test_every_project_has_a_uuid_that_no_other_gets(projects: ProjectDirectory) -> None:
    number = projects.id_of("written-to-first")
    project = projects.by_id(number)
    assert project is not None
    assert uuid.UUID(project.uuid)
    projects.delete(project.name)

    with pytest.raises(Conflict):
        projects.create("again", uuid=project.uuid)
