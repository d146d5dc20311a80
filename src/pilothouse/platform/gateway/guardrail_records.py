"""How guardrails of the gateway are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pilothouse.platform.gateway.models import KeptGuardrail
from pilothouse.platform.records import Session, micros, moment


def guardrails(session: Session) -> list[KeptGuardrail]:
    """All of them by name."""
    return [
        KeptGuardrail(
            name=row["name"],
            config=json.loads(row["config"]),
            created_at=moment(row["created_at"]),
            updated_at=moment(row["updated_at"]),
        )
        for row in session.all("SELECT * FROM gateway_guardrails ORDER BY name")
    ]


def put(session: Session, name: str, config: Mapping[str, Any]) -> None:
    """Write one, whether it is there or not."""
    session.run(
        """
        INSERT INTO gateway_guardrails (name, config, created_at, updated_at)
        VALUES (:name, :config, :now, :now)
        ON CONFLICT (name) DO UPDATE
        SET config = excluded.config,
            updated_at = excluded.updated_at
        """,
        name=name,
        config=json.dumps(config),
        now=micros(),
    )


def remove(session: Session, name: str) -> bool:
    """Remove one; False when there is none of this name."""
    return session.run("DELETE FROM gateway_guardrails WHERE name = :name", name=name) == 1
