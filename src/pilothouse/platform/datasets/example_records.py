"""How examples are kept: a row for each version of each example, never written over.

`until` is the version that replaced or removed a row, NULL for the present one; a dataset as of a
version is what was written up to it and not replaced by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from pilothouse.platform.datasets.models import Attachment, Example
from pilothouse.platform.datasets.rows import dumps, loads
from pilothouse.platform.records import Session, micros_of, moment, verbatim
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Place

CHUNK: Final = 500
"""Ids in one statement: both engines bound the number of its values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The text of an example's columns: what tells one state from another."""

    inputs: str
    outputs: str
    metadata: str
    splits: str
    attachments: str
    source_run_id: str


def kept(example: Example) -> Kept:
    """The columns of an example."""
    return Kept(
        inputs=dumps(example.inputs),
        outputs=dumps(example.outputs),
        metadata=dumps(example.metadata),
        splits=dumps(list(example.splits)),
        attachments=dumps(
            {
                name: {"blob": each.blob, "mime_type": each.mime_type, "bytes": each.bytes}
                for name, each in example.attachments.items()
            }
        ),
        source_run_id=example.source_run_id,
    )


def add(session: Session, examples: Sequence[Example]) -> None:
    """Write states of examples; `modified_at` is their version."""
    session.many(
        """
        INSERT INTO examples
            (id, version, dataset_id, inputs, outputs, metadata, splits, attachments,
             source_run_id, created_at)
        VALUES
            (:id, :version, :dataset_id, :inputs, :outputs, :metadata, :splits, :attachments,
             :source_run_id, :created_at)
        """,
        [_values(example) for example in examples],
    )


def close(session: Session, ids: Sequence[str], at: int) -> None:
    """End the present state of some examples with a version."""
    for some in chunks(ids):
        session.run(
            "UPDATE examples SET until = :at WHERE id IN :ids AND until IS NULL", at=at, ids=some
        )


def erase(session: Session, ids: Sequence[str]) -> None:
    """Remove examples with their whole history."""
    for some in chunks(ids):
        session.run("DELETE FROM examples WHERE id IN :ids", ids=some)


def of_ids(session: Session, ids: Sequence[str], as_of: int | None = None) -> dict[str, Example]:
    """Examples by id, in whatever dataset, now or as of a version."""
    found: dict[str, Example] = {}
    where, values = _state(as_of)
    for some in chunks(ids):
        rows = session.all(
            f"SELECT * FROM examples WHERE id IN :ids AND {where}",
            ids=some,
            **values,
        )
        found |= {row["id"]: _example(row) for row in rows}
    return found


def places_of_ids(session: Session, ids: Sequence[str], as_of: int | None = None) -> list[Place]:
    """(created at, id) of examples by id, in the order of their creation."""
    found: list[Place] = []
    where, values = _state(as_of)
    for some in chunks(ids):
        rows = session.all(
            f"SELECT created_at, id FROM examples WHERE id IN :ids AND {where}",
            ids=some,
            **values,
        )
        found += [(row["created_at"], row["id"]) for row in rows]
    return sorted(found)


def once_there(session: Session, ids: Sequence[str]) -> dict[str, str]:
    """The dataset of each id that has or had a row."""
    found: dict[str, str] = {}
    for some in chunks(ids):
        rows = session.all(
            "SELECT DISTINCT id, dataset_id FROM examples WHERE id IN :ids", ids=some
        )
        found |= {row["id"]: row["dataset_id"] for row in rows}
    return found


def sources(session: Session, among: Sequence[str] | None = None) -> set[str]:
    """The runs that examples were made of as they are now; with `among`, those of these."""
    own = "SELECT DISTINCT source_run_id FROM examples WHERE until IS NULL AND source_run_id"
    if among is None:
        return {row["source_run_id"] for row in session.all(f"{own} <> ''")}
    found: set[str] = set()
    for some in chunks(among):
        rows = session.all(f"{own} IN :some", some=some)
        found |= {row["source_run_id"] for row in rows}
    return found


def blobs_of(session: Session, ids: Sequence[str]) -> set[str]:
    """The blobs that any version of some examples refers to."""
    found: set[str] = set()
    for some in chunks(ids):
        for row in session.all(
            "SELECT attachments FROM examples WHERE id IN :ids AND attachments <> '{}'", ids=some
        ):
            found |= {each["blob"] for each in loads(row["attachments"]).values()}
    return found


def blobs_of_dataset(session: Session, dataset_id: str) -> set[str]:
    """The blobs that any version of any example of a dataset refers to."""
    found: set[str] = set()
    for row in session.all(
        "SELECT attachments FROM examples WHERE dataset_id = :id AND attachments <> '{}'",
        id=dataset_id,
    ):
        found |= {each["blob"] for each in loads(row["attachments"]).values()}
    return found


def unused(session: Session, blobs: set[str]) -> set[str]:
    """Those of some blobs that no version of any example refers to."""
    left = set(blobs)
    if left:
        for row in session.all(
            "SELECT DISTINCT attachments FROM examples WHERE attachments <> '{}'"
        ):
            left -= {each["blob"] for each in loads(row["attachments"]).values()}
    return left


def page(
    session: Session,
    dataset_id: str,
    *,
    as_of: int | None,
    holding: Mapping[str, Sequence[str]],
    words: Sequence[str],
    after: Place | None,
    limit: int,
) -> list[Example]:
    """Examples in the order of their creation.

    `holding` narrows by texts that stand in a column as JSON writes them, `words` by pieces of the
    inputs or outputs, whatever their case.
    """
    where, values = ["dataset_id = :dataset_id"], dict[str, object]()
    values["dataset_id"] = dataset_id
    for column, texts in holding.items():
        for text in texts:
            name = f"v{len(values)}"
            where.append(f"{column} LIKE :{name} ESCAPE '!'")
            values[name] = f"%{verbatim(text)}%"
    for word in words:
        lower, exact = f"v{len(values)}", f"v{len(values) + 1}"
        where.append(
            f"(LOWER(inputs) LIKE :{lower} ESCAPE '!' OR LOWER(outputs) LIKE :{lower} ESCAPE '!'"
            f" OR inputs LIKE :{exact} ESCAPE '!' OR outputs LIKE :{exact} ESCAPE '!')"
        )
        piece = verbatim(dumps(word)[1:-1])
        values |= {lower: f"%{piece.lower()}%", exact: f"%{piece}%"}
    if after is not None:
        where.append("(created_at, id) > (:after_at, :after_id)")
        values |= {"after_at": after[0], "after_id": after[1]}
    rows = session.all(_page_sql(" AND ".join(where), as_of), limit=limit, **values, **_at(as_of))
    return [_example(row) for row in rows]


def count(session: Session, dataset_id: str, as_of: int | None) -> int:
    """How many examples a dataset has, now or as of a version."""
    where, values = _state(as_of)
    row = session.one(
        f"SELECT COUNT(*) AS n FROM examples WHERE dataset_id = :id AND {where}",
        id=dataset_id,
        **values,
    )
    return 0 if row is None else int(row["n"])


def splits(session: Session, dataset_id: str, as_of: int | None) -> set[str]:
    """The splits that examples are in."""
    where, values = _state(as_of)
    rows = session.all(
        f"SELECT DISTINCT splits FROM examples WHERE dataset_id = :id AND {where}",
        id=dataset_id,
        **values,
    )
    return {name for row in rows for name in loads(row["splits"])}


def ended_between(session: Session, dataset_id: str, since: int, until: int) -> list[str]:
    """Ids of the states that stood at `since` and were replaced or removed up to `until`."""
    rows = session.all(
        """
        SELECT id
        FROM examples
        WHERE dataset_id = :id AND version <= :since AND until > :since AND until <= :until
        ORDER BY created_at, id
        """,
        id=dataset_id,
        since=since,
        until=until,
    )
    return [row["id"] for row in rows]


def begun_between(session: Session, dataset_id: str, since: int, until: int) -> list[str]:
    """Ids of the states that were written after `since` and stood at `until`."""
    rows = session.all(
        """
        SELECT id
        FROM examples
        WHERE dataset_id = :id AND version > :since AND version <= :until
            AND (until IS NULL OR until > :until)
        ORDER BY created_at, id
        """,
        id=dataset_id,
        since=since,
        until=until,
    )
    return [row["id"] for row in rows]


def history(session: Session, example_id: str) -> list[tuple[Example, int | None]]:
    """Every state of an example with the version that ended it, the newest first."""
    rows = session.all("SELECT * FROM examples WHERE id = :id ORDER BY version DESC", id=example_id)
    return [(_example(row), row["until"]) for row in rows]


def chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    """The ids in lists that one statement can take."""
    rest = iter(ids)
    while some := list(islice(rest, CHUNK)):
        yield some


def _state(as_of: int | None) -> tuple[str, dict[str, object]]:
    if as_of is None:
        return "until IS NULL", {}
    return "version <= :as_of AND (until IS NULL OR until > :as_of)", {"as_of": as_of}


def _at(as_of: int | None) -> dict[str, object]:
    return {} if as_of is None else {"as_of": as_of}


def _page_sql(where: str, as_of: int | None) -> str:
    order = "ORDER BY created_at, id LIMIT :limit"
    if as_of is None:
        return f"SELECT * FROM examples WHERE {where} AND until IS NULL {order}"
    # Two reads of an index in its order, where OR would read and sort the whole dataset.
    return f"""
        SELECT * FROM (
            SELECT * FROM (
                SELECT * FROM examples WHERE {where} AND until IS NULL AND version <= :as_of {order}
            ) AS present
            UNION ALL
            SELECT * FROM (
                SELECT * FROM examples
                WHERE {where} AND until > :as_of AND version <= :as_of {order}
            ) AS past
        ) AS both_states
        {order}"""


def _values(example: Example) -> dict[str, object]:
    columns = kept(example)
    return {
        "id": example.id,
        "version": micros_of(example.modified_at),
        "dataset_id": example.dataset_id,
        "inputs": columns.inputs,
        "outputs": columns.outputs,
        "metadata": columns.metadata,
        "splits": columns.splits,
        "attachments": columns.attachments,
        "source_run_id": columns.source_run_id,
        "created_at": micros_of(example.created_at),
    }


def _example(row: Row) -> Example:
    return Example(
        id=row["id"],
        dataset_id=row["dataset_id"],
        inputs=loads(row["inputs"]),
        outputs=loads(row["outputs"]),
        metadata=loads(row["metadata"]),
        splits=tuple(loads(row["splits"])),
        attachments={name: Attachment(**each) for name, each in loads(row["attachments"]).items()},
        source_run_id=row["source_run_id"],
        created_at=moment(row["created_at"]),
        modified_at=moment(row["version"]),
    )
