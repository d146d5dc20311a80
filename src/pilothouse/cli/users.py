"""pilothouse users: accounts, made in the records database; the server need not run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pilothouse.cli.serverside import CONFIG, DATA, DATABASE, open_records
from pilothouse.cli.terminal import JSON, Failure, new_app, print_json, print_table, say

if TYPE_CHECKING:
    from pilothouse.platform.access.models import Account

app = new_app("Create and list the accounts of people.")


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="The e-mail address to sign in with.")],
    admin: Annotated[bool, typer.Option("--admin", help="May change everything.")] = False,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    password_file: Annotated[
        Path | None, typer.Option(help="A file with the password; - reads standard input.")
    ] = None,
    data: Annotated[Path | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """Create an account; the first one becomes an admin. Asks for the password unless given a file.

    Example: pilothouse users create ann@example.org --admin
    """
    records = open_records("users", config, data=data, database=database)
    from pilothouse.platform.access import Access

    access = Access(records, is_open=False)
    role = "admin" if admin or not access.has_admin() else "member"
    account = access.create_account(
        email, _password(password_file), name=name, role="admin" if role == "admin" else "member"
    )
    records.close()
    if as_json:
        print_json(_shown(account))
    else:
        say(f"created {account.email} ({account.role})")


@app.command("list")
def list_users(
    data: Annotated[Path | None, DATA] = None,
    database: Annotated[str | None, DATABASE] = None,
    config: Annotated[Path | None, CONFIG] = None,
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List everybody who can sign in.

    Example: pilothouse users list
    """
    records = open_records("users", config, data=data, database=database)
    from pilothouse.platform.access import Access

    found = [_shown(account) for account in Access(records, is_open=False).accounts()]
    records.close()
    if as_json:
        print_json(found)
    else:
        print_table(("id", "email", "name", "role", "last_login_at", "disabled"), found)


def _password(file: Path | None) -> str:
    if file is None:
        if not sys.stdin.isatty():
            raise Failure(
                "give the password in a file: --password-file FILE, or - for standard input"
            )
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    if str(file) == "-":
        return sys.stdin.readline().rstrip("\n")
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the password file {file} cannot be read: {error}") from None


def _shown(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "created_at": account.created_at.isoformat(),
        "last_login_at": None
        if account.last_login_at is None
        else account.last_login_at.isoformat(timespec="seconds"),
        "disabled": account.is_disabled,
    }
