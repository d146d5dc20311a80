"""How datasets, their versions and their tags are kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pilothouse.platform.datasets.models import Dataset, Summary, Version
from pilothouse.platform.datasets.rows import dumps, loads
from pilothouse.platform.records import Session, micros_of, moment, verbatim
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Place, Where, newest_first


def add(session: Session, dataset: Dataset) -> bool:
    """Add a dataset unless its name or id is taken; whether it was added."""
    added = session.run(
        """
        INSERT INTO datasets
            (id, name, description, data_type, metadata, inputs_schema, outputs_schema,
             transformations, created_by, created_at, modified_at)
        VALUES
            (:id, :name, :description, :data_type, :metadata, :inputs_schema, :outputs_schema,
             :transformations, :created_by, :created_at, :modified_at)
        ON CONFLICT DO NOTHING
        """,
        **_values(dataset),
        created_by=dataset.created_by,
        created_at=micros_of(dataset.created_at),
    )
    return added == 1


def one(session: Session, dataset_id: str) -> Dataset | None:
    """The dataset of this id."""
    row = session.one("SELECT * FROM datasets WHERE id = :id", id=dataset_id)
    return None if row is None else _dataset(row)


def by_name(session: Session, name: str) -> Dataset | None:
    """The dataset of this name."""
    row = session.one("SELECT * FROM datasets WHERE name = :name", name=name)
    return None if row is None else _dataset(row)


def locked(session: Session, dataset_id: str) -> Dataset | None:
    """The dataset, which nobody else changes until the transaction ends."""
    row = session.one("UPDATE datasets SET name = name WHERE id = :id RETURNING *", id=dataset_id)
    return None if row is None else _dataset(row)


def page(
    session: Session,
    *,
    name: str | None,
    name_contains: str | None,
    ids: Sequence[str] | None,
    data_type: str | None,
    after: Place | None,
    limit: int,
    offset: int = 0,
) -> list[Dataset]:
    """Datasets, the newest first."""
    where = Where()
    where.equals("name", name)
    where.contains(["name"], name_contains)
    where.is_one_of("id", ids)
    where.equals("data_type", data_type)
    rows = newest_first(
        session, "SELECT * FROM datasets", where, after=after, limit=limit, offset=offset
    )
    return [_dataset(row) for row in rows]


def change(session: Session, dataset: Dataset) -> bool:
    """Write all of a dataset that can be changed; False when another has its name."""
    return session.run_unless_taken(
        """
        UPDATE datasets
        SET name = :name,
            description = :description,
            data_type = :data_type,
            metadata = :metadata,
            inputs_schema = :inputs_schema,
            outputs_schema = :outputs_schema,
            transformations = :transformations,
            modified_at = :modified_at
        WHERE id = :id
        """,
        **_values(dataset),
    )


def remove(session: Session, dataset_id: str) -> bool:
    """Remove a dataset with all that belongs to it; False when there is none."""
    return session.run("DELETE FROM datasets WHERE id = :id", id=dataset_id) == 1


def summaries(session: Session, ids: Sequence[str]) -> dict[str, Summary]:
    """The figures of some datasets."""
    if not ids:
        return {}
    counts = session.all(
        """
        SELECT dataset_id, splits, COUNT(*) AS n
        FROM examples
        WHERE dataset_id IN :ids AND until IS NULL
        GROUP BY dataset_id, splits
        """,
        ids=list(ids),
    )
    versions = session.all(
        """
        SELECT dataset_id, COUNT(*) AS n, MAX(version) AS newest
        FROM dataset_versions
        WHERE dataset_id IN :ids
        GROUP BY dataset_id
        """,
        ids=list(ids),
    )
    experiments = session.all(
        """
        SELECT e.dataset_id, COUNT(*) AS n, MAX(p.created_at) AS newest
        FROM experiments AS e
        JOIN projects AS p ON p.id = e.project_id
        WHERE e.dataset_id IN :ids AND p.deleted_at IS NULL
        GROUP BY e.dataset_id
        """,
        ids=list(ids),
    )
    examples = Counter[str]()
    splits: dict[str, set[str]] = {}
    for row in counts:
        examples[row["dataset_id"]] += int(row["n"])
        splits.setdefault(row["dataset_id"], set()).update(loads(row["splits"]))
    written = {row["dataset_id"]: row for row in versions}
    used = {row["dataset_id"]: row for row in experiments}
    return {
        each: Summary(
            example_count=examples[each],
            split_count=len(splits.get(each, ())),
            version_count=int(written[each]["n"]) if each in written else 0,
            experiment_count=int(used[each]["n"]) if each in used else 0,
            last_experiment_at=moment(used[each]["newest"]) if each in used else None,
            version=moment(written[each]["newest"]) if each in written else None,
        )
        for each in ids
    }


# ---- versions and tags


def add_version(session: Session, version: Version, at: int) -> None:
    """Add a version and let the dataset say that it changed then."""
    session.run(
        """
        INSERT INTO dataset_versions
            (dataset_id, version, added, modified, removed, note, created_by)
        VALUES
            (:dataset_id, :version, :added, :modified, :removed, :note, :created_by)
        """,
        dataset_id=version.dataset_id,
        version=at,
        added=version.added,
        modified=version.modified,
        removed=version.removed,
        note=version.note,
        created_by=version.created_by,
    )
    session.run(
        "UPDATE datasets SET modified_at = :at WHERE id = :id", at=at, id=version.dataset_id
    )


def newest(session: Session, dataset_id: str) -> int | None:
    """The newest version in microseconds."""
    row = session.one(
        "SELECT MAX(version) AS newest FROM dataset_versions WHERE dataset_id = :id",
        id=dataset_id,
    )
    return None if row is None else row["newest"]


def versions(
    session: Session, dataset_id: str, *, at_most: int | None, search: str, limit: int, offset: int
) -> list[Version]:
    """Versions up to one, the newest first; `search` stands in a tag or in the note."""
    found = tags(session, dataset_id)
    last = newest(session, dataset_id)
    where, values = "dataset_id = :id", dict[str, object]()
    if at_most is not None:
        where += " AND version <= :at_most"
        values["at_most"] = at_most
    if search:
        tagged = [
            at
            for at, names in found.items()
            if any(search.lower() in name.lower() for name in names)
        ]
        where += " AND (LOWER(note) LIKE LOWER(:part) ESCAPE '!' OR version IN :tagged)"
        values |= {"part": f"%{verbatim(search)}%", "tagged": tagged or [-1]}
    rows = session.all(
        f"""
        SELECT *
        FROM dataset_versions
        WHERE {where}
        ORDER BY version DESC
        LIMIT :limit OFFSET :offset
        """,
        id=dataset_id,
        limit=limit,
        offset=offset,
        **values,
    )
    return [_version(row, found, last) for row in rows]


def tags(session: Session, dataset_id: str) -> dict[int, list[str]]:
    """The tags of each version that has any."""
    found: dict[int, list[str]] = {}
    for row in session.all(
        "SELECT tag, version FROM dataset_tags WHERE dataset_id = :id ORDER BY tag", id=dataset_id
    ):
        found.setdefault(row["version"], []).append(row["tag"])
    return found


def set_tag(session: Session, dataset_id: str, tag: str, version: int) -> None:
    """Let a tag mean a version, whatever it meant before."""
    session.run(
        """
        INSERT INTO dataset_tags (dataset_id, tag, version)
        VALUES (:id, :tag, :version)
        ON CONFLICT (dataset_id, tag) DO UPDATE SET version = :version
        """,
        id=dataset_id,
        tag=tag,
        version=version,
    )


def remove_tag(session: Session, dataset_id: str, tag: str) -> bool:
    """Forget a tag; False when there is none of this name."""
    return (
        session.run(
            "DELETE FROM dataset_tags WHERE dataset_id = :id AND tag = :tag", id=dataset_id, tag=tag
        )
        == 1
    )


def tagged(session: Session, dataset_id: str, tag: str) -> int | None:
    """The version that a tag means."""
    row = session.one(
        "SELECT version FROM dataset_tags WHERE dataset_id = :id AND tag = :tag",
        id=dataset_id,
        tag=tag,
    )
    return None if row is None else row["version"]


# ---- rows


def _values(dataset: Dataset) -> dict[str, object]:
    return {
        "id": dataset.id,
        "name": dataset.name,
        "description": dataset.description,
        "data_type": dataset.data_type,
        "metadata": dumps(dataset.metadata),
        "inputs_schema": dumps(dataset.inputs_schema),
        "outputs_schema": dumps(dataset.outputs_schema),
        "transformations": dumps(dataset.transformations),
        "modified_at": micros_of(dataset.modified_at),
    }


def _dataset(row: Row) -> Dataset:
    return Dataset(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        data_type=row["data_type"],
        metadata=loads(row["metadata"]),
        inputs_schema=loads(row["inputs_schema"]),
        outputs_schema=loads(row["outputs_schema"]),
        transformations=loads(row["transformations"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        modified_at=moment(row["modified_at"]),
    )


def _version(row: Row, tags: Mapping[int, list[str]], newest: int | None) -> Version:
    at = moment(row["version"])
    assert at is not None
    latest = ["latest"] if row["version"] == newest else []
    return Version(
        dataset_id=row["dataset_id"],
        at=at,
        tags=(*latest, *tags.get(row["version"], ())),
        added=row["added"],
        modified=row["modified"],
        removed=row["removed"],
        note=row["note"],
        created_by=row["created_by"],
    )
