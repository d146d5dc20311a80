"""How providers of models are kept."""

from __future__ import annotations

import json
from typing import cast

from pilothouse.platform.providers.models import Provider, ProviderKind
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row


def every(session: Session) -> list[Provider]:
    """All providers by name."""
    return [_provider(row) for row in session.all("SELECT * FROM model_providers ORDER BY name")]


def one(session: Session, name: str) -> Provider | None:
    """The provider of this name."""
    row = session.one("SELECT * FROM model_providers WHERE name = :name", name=name)
    return None if row is None else _provider(row)


def put(
    session: Session,
    *,
    name: str,
    kind: ProviderKind,
    base_url: str,
    sealed_key: str,
    key_hint: str,
    models: tuple[str, ...],
) -> None:
    """Write a provider, whether it is there or not."""
    session.run(
        """
        INSERT INTO model_providers
            (name, kind, base_url, sealed_key, key_hint, models, created_at, updated_at)
        VALUES
            (:name, :kind, :base_url, :sealed_key, :key_hint, :models, :now, :now)
        ON CONFLICT (name) DO UPDATE
        SET kind = excluded.kind,
            base_url = excluded.base_url,
            sealed_key = excluded.sealed_key,
            key_hint = excluded.key_hint,
            models = excluded.models,
            updated_at = excluded.updated_at
        """,
        name=name,
        kind=kind,
        base_url=base_url,
        sealed_key=sealed_key,
        key_hint=key_hint,
        models=json.dumps(list(models)),
        now=micros(),
    )


def reseal(session: Session, name: str, *, before: str, after: str) -> None:
    """Keep the same key encrypted anew, unless another one was entered meanwhile."""
    session.run(
        """
        UPDATE model_providers
        SET sealed_key = :after
        WHERE name = :name AND sealed_key = :before
        """,
        name=name,
        before=before,
        after=after,
    )


def remove(session: Session, name: str) -> bool:
    """Remove a provider; False when there is none of this name."""
    return session.run("DELETE FROM model_providers WHERE name = :name", name=name) == 1


def _provider(row: Row) -> Provider:
    return Provider(
        name=row["name"],
        kind=cast("ProviderKind", row["kind"]),  # nothing else is written
        base_url=row["base_url"],
        sealed_key=row["sealed_key"],
        key_hint=row["key_hint"],
        models=tuple(json.loads(row["models"])),
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
    )
