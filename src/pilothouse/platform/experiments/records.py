"""How experiments and comparative experiments are kept, beside their projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pilothouse.platform.datasets.rows import dumps, loads
from pilothouse.platform.experiments.models import ComparativeExperiment, Experiment
from pilothouse.platform.records import Session, micros_of, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Place, Where, newest_first

_SELECT: Final = """
    SELECT
        p.uuid, p.name, p.description, p.extra, p.created_at, p.started_at, p.ended_at,
        e.project_id, e.dataset_id, e.dataset_version, e.num_examples, e.num_repetitions,
        e.evaluator_keys, e.created_by
    FROM experiments AS e
    JOIN projects AS p ON p.id = e.project_id"""
_KEPT: Final = "p.deleted_at IS NULL"


def add(
    session: Session,
    project_id: int,
    *,
    dataset_id: str,
    dataset_version: int | None,
    num_examples: int | None,
    num_repetitions: int,
    evaluator_keys: Sequence[str],
    created_by: str,
) -> bool:
    """Make a project an experiment; False where it is one."""
    added = session.run(
        """
        INSERT INTO experiments
            (project_id, dataset_id, dataset_version, num_examples, num_repetitions,
             evaluator_keys, created_by)
        VALUES
            (:project_id, :dataset_id, :dataset_version, :num_examples, :num_repetitions,
             :evaluator_keys, :created_by)
        ON CONFLICT (project_id) DO NOTHING
        """,
        project_id=project_id,
        dataset_id=dataset_id,
        dataset_version=dataset_version,
        num_examples=num_examples,
        num_repetitions=num_repetitions,
        evaluator_keys=dumps(list(evaluator_keys)),
        created_by=created_by,
    )
    return added == 1


def one(session: Session, experiment_id: str) -> Experiment | None:
    """The experiment of this id."""
    row = session.one(f"{_SELECT} WHERE {_KEPT} AND p.uuid = :id", id=experiment_id)
    return None if row is None else _experiment(row)


def by_name(session: Session, name: str) -> Experiment | None:
    """The experiment of this name."""
    row = session.one(f"{_SELECT} WHERE {_KEPT} AND p.name = :name", name=name)
    return None if row is None else _experiment(row)


def page(
    session: Session,
    *,
    dataset_id: str | None,
    name_contains: str | None,
    ids: Sequence[str] | None,
    dataset_version: int | None,
    after: Place | None,
    limit: int,
    offset: int = 0,
) -> list[Experiment]:
    """Experiments, the newest first."""
    where = Where(_KEPT)
    where.equals("e.dataset_id", dataset_id)
    where.contains(["p.name"], name_contains)
    where.is_one_of("p.uuid", ids)
    where.equals("e.dataset_version", dataset_version)
    rows = newest_first(
        session,
        _SELECT,
        where,
        at="p.created_at",
        row_id="p.uuid",
        after=after,
        limit=limit,
        offset=offset,
    )
    return [_experiment(row) for row in rows]


def change(session: Session, experiment: Experiment) -> None:
    """Write what can be changed of an experiment, besides what its project keeps."""
    session.run(
        """
        UPDATE experiments
        SET dataset_version = :dataset_version,
            num_examples = :num_examples,
            num_repetitions = :num_repetitions,
            evaluator_keys = :evaluator_keys
        WHERE project_id = :project_id
        """,
        project_id=experiment.project_id,
        dataset_version=micros_of(experiment.dataset_version),
        num_examples=experiment.num_examples,
        num_repetitions=experiment.num_repetitions,
        evaluator_keys=dumps(list(experiment.evaluator_keys)),
    )


# ---- comparative experiments


def add_comparative(session: Session, comparative: ComparativeExperiment) -> bool:
    """Add a comparative experiment; False where the id is taken."""
    added = session.run(
        """
        INSERT INTO comparative_experiments
            (id, dataset_id, name, description, experiment_ids, extra, created_at, modified_at)
        VALUES
            (:id, :dataset_id, :name, :description, :experiment_ids, :extra, :created_at,
             :modified_at)
        ON CONFLICT (id) DO NOTHING
        """,
        id=comparative.id,
        dataset_id=comparative.dataset_id,
        name=comparative.name,
        description=comparative.description,
        experiment_ids=dumps(list(comparative.experiment_ids)),
        extra=dumps(comparative.extra),
        created_at=micros_of(comparative.created_at),
        modified_at=micros_of(comparative.modified_at),
    )
    return added == 1


def comparative(session: Session, comparative_id: str) -> ComparativeExperiment | None:
    """The comparative experiment of this id."""
    row = session.one("SELECT * FROM comparative_experiments WHERE id = :id", id=comparative_id)
    return None if row is None else _comparative(row)


def comparatives(
    session: Session, *, dataset_id: str | None, after: Place | None, limit: int
) -> list[ComparativeExperiment]:
    """Comparative experiments, the newest first."""
    where, values = ["1 = 1"], dict[str, object]()
    if dataset_id is not None:
        where.append("dataset_id = :dataset_id")
        values["dataset_id"] = dataset_id
    if after is not None:
        where.append("(created_at, id) < (:after_at, :after_id)")
        values |= {"after_at": after[0], "after_id": after[1]}
    rows = session.all(
        f"""
        SELECT *
        FROM comparative_experiments
        WHERE {" AND ".join(where)}
        ORDER BY created_at DESC, id DESC
        LIMIT :limit
        """,
        limit=limit,
        **values,
    )
    return [_comparative(row) for row in rows]


def remove_comparative(session: Session, comparative_id: str) -> bool:
    """Remove a comparative experiment; False when there is none of this id."""
    gone = session.run("DELETE FROM comparative_experiments WHERE id = :id", id=comparative_id)
    return gone == 1


def _experiment(row: Row) -> Experiment:
    return Experiment(
        id=row["uuid"],
        project_id=row["project_id"],
        name=row["name"],
        description=row["description"],
        dataset_id=row["dataset_id"],
        dataset_version=moment(row["dataset_version"]),
        num_examples=row["num_examples"],
        num_repetitions=row["num_repetitions"],
        evaluator_keys=tuple(loads(row["evaluator_keys"])),
        extra=loads(row["extra"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        started_at=moment(row["started_at"]),
        ended_at=moment(row["ended_at"]),
    )


def _comparative(row: Row) -> ComparativeExperiment:
    return ComparativeExperiment(
        id=row["id"],
        dataset_id=row["dataset_id"],
        name=row["name"],
        description=row["description"],
        experiment_ids=tuple(loads(row["experiment_ids"])),
        extra=loads(row["extra"]),
        created_at=moment(row["created_at"]),
        modified_at=moment(row["modified_at"]),
    )
