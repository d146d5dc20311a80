"""pilothouse keys: API keys, made in the records database; the server need not run."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli.serverside import CONFIG, DATA, DATABASE, open_records
from pilothouse.cli.terminal import JSON, PROJECT, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.platform.access.models import ApiKey

app = new_app("Create, list and revoke API keys.")


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for.")] = "",
    scope: Annotated[
        list[str] | None, typer.Option(help="ingest, read or admin; may be repeated.")
    ] = None,
    project: Annotated[str | None, PROJECT] = None,
    expires_days: Annotated[
        int | None, typer.Option(min=1, help="After so many days it stops working.")
    ] = None,
    data: Annotated[Path | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Create a key and print it: it is shown this once. Without --scope it may only send data.

    Example: pilothouse keys create ci --scope ingest --scope read
    """
    records = open_records("keys", config, data=data, database=database)
    from pilothouse.platform.access import Access
    from pilothouse.platform.projects import ProjectDirectory

    made, secret = Access(records, is_open=False).create_key(
        name=name,
        scopes=tuple(scope or ("ingest",)),
        project_id=None if project is None else ProjectDirectory(records).get(project).id,
        created_by="pilothouse keys create",
        expires_at=None
        if expires_days is None
        else datetime.now(UTC) + timedelta(days=expires_days),
    )
    records.close()
    if as_json:
        print_json(_shown(made) | {"key": secret})
    else:
        say(f"key {made.id} ({', '.join(made.scopes)}); keep it, it is not shown again:")
        sys.stdout.write(secret + "\n")


@app.command("list")
def list_keys(
    data: Annotated[Path | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List all keys that were not revoked, without their secrets.

    Example: pilothouse keys list
    """
    records = open_records("keys", config, data=data, database=database)
    from pilothouse.platform.access import Access

    found = [_shown(key) for key in Access(records, is_open=False).list_keys()]
    records.close()
    if as_json:
        print_json(found)
    else:
        print_table(("id", "name", "hint", "scopes", "project", "used_at", "expires_at"), found)


@app.command()
def revoke(
    key_id: Annotated[int, typer.Argument(help="The number of the key (pilothouse keys list).")],
    data: Annotated[Path | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Revoke a key; a running server refuses it within ten seconds.

    Example: pilothouse keys revoke 3
    """
    records = open_records("keys", config, data=data, database=database)
    from pilothouse.platform.access import Access

    Access(records, is_open=False).revoke_key(key_id)
    records.close()
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        say(f"revoked key {key_id}")


def _shown(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "project": key.project,
        "created_at": key.created_at.isoformat(),
        "used_at": None if key.used_at is None else key.used_at.isoformat(timespec="minutes"),
        "expires_at": None if key.expires_at is None else key.expires_at.isoformat(),
    }
