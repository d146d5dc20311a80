"""How prompts, their versions, labels and likes are kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pilothouse.platform.prompts.models import Commit, Label, Prompt, PromptQuery, canonical
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row
from pilothouse.platform.records.lists import Where

PromptOrder = Literal["updated_at", "created_at", "name", "likes", "downloads", "views"]
ORDERS: Final[dict[PromptOrder, str]] = {
    "updated_at": "updated_at",
    "created_at": "created_at",
    "name": "name",
    "likes": "likes",
    "downloads": "downloads",
    "views": "views",
}

_PROMPT: Final = """
SELECT p.*,
    (SELECT COUNT(*) FROM prompt_likes l WHERE l.prompt_id = p.id) AS likes,
    (SELECT COUNT(*) FROM prompt_likes l WHERE l.prompt_id = p.id AND l.account = :account)
        AS liked,
    (SELECT COUNT(*) FROM prompt_commits c WHERE c.prompt_id = p.id) AS commits,
    COALESCE(
        (SELECT c.hash FROM prompt_commits c WHERE c.prompt_id = p.id
         ORDER BY c.number DESC LIMIT 1),
        ''
    ) AS last_hash
FROM prompts p
"""
_COMMIT: Final = """
SELECT c.*, COALESCE(before.id, '') AS parent_id
FROM prompt_commits c
LEFT JOIN prompt_commits before
    ON before.prompt_id = c.prompt_id AND before.hash = c.parent_hash
"""
_LABEL: Final = """
SELECT l.label, l.commit_id, l.moved_by, l.moved_at, c.number, c.hash
FROM prompt_labels l
JOIN prompt_commits c ON c.id = l.commit_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is wanted."""

    order: PromptOrder = "updated_at"
    descending: bool = True
    limit: int = 50
    offset: int = 0
    after: tuple[Any, str] | None = None  # Any: a time, a count or a name
    """The order's value and the id of the last row of the page before."""


# ---- prompts


def named(session: Session, name: str, account: str = "") -> Prompt | None:
    """The prompt of a name."""
    row = session.one(f"{_PROMPT} WHERE p.name = :name", name=name, account=account)
    return None if row is None else _prompt(row)


def by_id(session: Session, prompt_id: str, account: str = "") -> Prompt | None:
    """The prompt of an id."""
    row = session.one(f"{_PROMPT} WHERE p.id = :id", id=prompt_id, account=account)
    return None if row is None else _prompt(row)


def page(session: Session, query: PromptQuery, part: Page, account: str) -> list[Prompt]:
    """Prompts in an order; ties are told apart by id."""
    where = _where(query)
    values = dict(where.values)
    way, sign = ("DESC", "<") if part.descending else ("ASC", ">")
    column = ORDERS[part.order]
    after = ""
    if part.after is not None:
        after = f"WHERE {column} {sign} :after OR ({column} = :after AND id {sign} :after_id)"
        values |= {"after": part.after[0], "after_id": part.after[1]}
    rows = session.all(
        f"""
        SELECT * FROM ({_PROMPT} WHERE {where}) found
        {after}
        ORDER BY {column} {way}, id {way}
        LIMIT :limit OFFSET :offset
        """,
        account=account,
        limit=part.limit,
        offset=part.offset,
        **values,
    )
    return [_prompt(row) for row in rows]


def count(session: Session, query: PromptQuery) -> int:
    """How many prompts there are of a query."""
    where = _where(query)
    row = session.one(f"SELECT COUNT(*) AS total FROM prompts p WHERE {where}", **where.values)
    return int(row["total"]) if row is not None else 0


def _where(query: PromptQuery) -> Where:
    where = Where()
    where.contains(["p.name", "p.description"], query.text)
    where.begins("p.name", query.prefix)
    where.equals("p.kind", query.kind)
    where.equals("p.is_public", query.is_public)
    where.equals("p.is_archived", query.is_archived)
    for tag in query.tags:
        where.holds("p.tags", json.dumps(tag))  # within its quotation marks
    return where


def add(session: Session, prompt_id: str, values: dict[str, Any], created_by: str) -> bool:
    """Add a prompt; False when its name or id is taken."""
    return (
        session.run(
            """
            INSERT INTO prompts
                (id, name, kind, description, readme, tags, is_public, created_by,
                 created_at, updated_at)
            VALUES
                (:id, :name, :kind, :description, :readme, :tags, :is_public, :created_by,
                 :now, :now)
            ON CONFLICT DO NOTHING
            """,
            id=prompt_id,
            name=values["name"],
            kind=values["kind"],
            description=values["description"],
            readme=values["readme"],
            tags=json.dumps(list(values["tags"])),
            is_public=values["is_public"],
            created_by=created_by,
            now=micros(),
        )
        == 1
    )


def change(session: Session, prompt: Prompt) -> None:
    """Write all that can be changed of a prompt."""
    session.run(
        """
        UPDATE prompts
        SET name = :name,
            description = :description,
            readme = :readme,
            tags = :tags,
            is_public = :is_public,
            is_archived = :is_archived,
            updated_at = :now
        WHERE id = :id
        """,
        id=prompt.id,
        name=prompt.name,
        description=prompt.description,
        readme=prompt.readme,
        tags=json.dumps(list(prompt.tags)),
        is_public=prompt.is_public,
        is_archived=prompt.is_archived,
        now=micros(),
    )


def remove(session: Session, prompt_id: str) -> None:
    """Remove a prompt with all that belongs to it."""
    session.run("DELETE FROM prompts WHERE id = :id", id=prompt_id)


def seen(session: Session, prompt_id: str) -> None:
    """Count a view."""
    session.run("UPDATE prompts SET views = views + 1 WHERE id = :id", id=prompt_id)


def pulled(session: Session, prompt_id: str, commit_id: str) -> None:
    """Count a download of a version."""
    session.run("UPDATE prompts SET downloads = downloads + 1 WHERE id = :id", id=prompt_id)
    session.run("UPDATE prompt_commits SET downloads = downloads + 1 WHERE id = :id", id=commit_id)


# ---- versions


def latest(session: Session, prompt_id: str) -> Commit | None:
    """The newest version."""
    row = session.one(
        f"{_COMMIT} WHERE c.prompt_id = :id ORDER BY c.number DESC LIMIT 1",
        id=prompt_id,
    )
    return None if row is None else _commit(session, row)


def commit(session: Session, commit_id: str) -> Commit | None:
    """The version of an id."""
    row = session.one(f"{_COMMIT} WHERE c.id = :id", id=commit_id)
    return None if row is None else _commit(session, row)


def of_number(session: Session, prompt_id: str, number: int) -> Commit | None:
    """The version of a number."""
    row = session.one(
        f"{_COMMIT} WHERE c.prompt_id = :id AND c.number = :number",
        id=prompt_id,
        number=number,
    )
    return None if row is None else _commit(session, row)


def of_hash(session: Session, prompt_id: str, prefix: str) -> list[Commit]:
    """The versions whose hash begins so, two at most."""
    rows = session.all(
        f"""
        {_COMMIT}
        WHERE c.prompt_id = :id AND c.hash LIKE :prefix
        ORDER BY c.number
        LIMIT 2
        """,
        id=prompt_id,
        prefix=f"{prefix}%",
    )
    return [_commit(session, row) for row in rows]


def commits(
    session: Session, prompt_id: str, *, limit: int, offset: int = 0, before: int | None = None
) -> list[Commit]:
    """Versions, the newest first; with `before`, those of smaller numbers."""
    rows = session.all(
        f"""
        {_COMMIT}
        WHERE c.prompt_id = :id AND (:any = 1 OR c.number < :before)
        ORDER BY c.number DESC
        LIMIT :limit OFFSET :offset
        """,
        id=prompt_id,
        any=1 if before is None else 0,
        before=0 if before is None else before,
        limit=limit,
        offset=offset,
    )
    names = _labels_by_commit(session, prompt_id)
    return [_commit_of(row, names.get(row["id"], ())) for row in rows]


def add_commit(session: Session, commit: Commit) -> None:
    """Keep a version."""
    session.run(
        """
        INSERT INTO prompt_commits
            (id, prompt_id, number, hash, parent_hash, manifest, description, created_by,
             created_at)
        VALUES
            (:id, :prompt_id, :number, :hash, :parent_hash, :manifest, :description, :created_by,
             :now)
        """,
        id=commit.id,
        prompt_id=commit.prompt_id,
        number=commit.number,
        hash=commit.hash,
        parent_hash=commit.parent_hash,
        manifest=canonical(commit.manifest),
        description=commit.description,
        created_by=commit.created_by,
        now=micros(),
    )
    session.run(
        "UPDATE prompts SET updated_at = :now WHERE id = :id", id=commit.prompt_id, now=micros()
    )


# ---- labels and likes


def label(session: Session, prompt_id: str, name: str) -> Label | None:
    """Where a label points."""
    row = session.one(
        f"{_LABEL} WHERE l.prompt_id = :id AND l.label = :label",
        id=prompt_id,
        label=name,
    )
    return None if row is None else _label(row)


def labels(session: Session, prompt_id: str) -> list[Label]:
    """The labels of a prompt by name."""
    rows = session.all(f"{_LABEL} WHERE l.prompt_id = :id ORDER BY l.label", id=prompt_id)
    return [_label(row) for row in rows]


def move_label(session: Session, prompt_id: str, name: str, commit_id: str, by: str) -> None:
    """Point a label at a version."""
    session.run(
        """
        INSERT INTO prompt_labels (prompt_id, label, commit_id, moved_by, moved_at)
        VALUES (:prompt_id, :label, :commit_id, :moved_by, :now)
        ON CONFLICT (prompt_id, label) DO UPDATE
        SET commit_id = excluded.commit_id,
            moved_by = excluded.moved_by,
            moved_at = excluded.moved_at
        """,
        prompt_id=prompt_id,
        label=name,
        commit_id=commit_id,
        moved_by=by,
        now=micros(),
    )


def remove_label(session: Session, prompt_id: str, name: str) -> bool:
    """Remove a label; False when there is none."""
    return (
        session.run(
            "DELETE FROM prompt_labels WHERE prompt_id = :id AND label = :label",
            id=prompt_id,
            label=name,
        )
        == 1
    )


def like(session: Session, prompt_id: str, account: str, *, on: bool) -> None:
    """Set whether an account likes a prompt."""
    statement = (
        """
        INSERT INTO prompt_likes (prompt_id, account)
        VALUES (:id, :account)
        ON CONFLICT DO NOTHING
        """
        if on
        else "DELETE FROM prompt_likes WHERE prompt_id = :id AND account = :account"
    )
    session.run(statement, id=prompt_id, account=account)


# ---- rows to objects


def _prompt(row: Row) -> Prompt:
    return Prompt(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        description=row["description"],
        readme=row["readme"],
        tags=tuple(json.loads(row["tags"])),
        is_public=bool(row["is_public"]),
        is_archived=bool(row["is_archived"]),
        downloads=row["downloads"],
        views=row["views"],
        likes=int(row["likes"]),
        commits=int(row["commits"]),
        last_hash=row["last_hash"],
        liked=bool(row["liked"]),
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )


def _labels_by_commit(session: Session, prompt_id: str) -> dict[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for one in labels(session, prompt_id):
        found.setdefault(one.commit_id, []).append(one.name)
    return dict(found)


def _commit(session: Session, row: Row) -> Commit:
    return _commit_of(row, _labels_by_commit(session, row["prompt_id"]).get(row["id"], ()))


def _commit_of(row: Row, names: Sequence[str]) -> Commit:
    return Commit(
        id=row["id"],
        prompt_id=row["prompt_id"],
        number=row["number"],
        hash=row["hash"],
        parent_hash=row["parent_hash"],
        parent_id=row["parent_id"],
        manifest=json.loads(row["manifest"]),
        description=row["description"],
        downloads=row["downloads"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        labels=tuple(names),
    )


def _label(row: Row) -> Label:
    return Label(
        name=row["label"],
        commit_id=row["commit_id"],
        number=row["number"],
        hash=row["hash"],
        moved_by=row["moved_by"],
        moved_at=moment(row["moved_at"]),
    )
