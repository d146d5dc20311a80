"""How accounts, keys and browser sessions are kept."""

from __future__ import annotations

import json
from typing import cast

from pilothouse.platform.access.models import Account, ApiKey, KeyScope, Role
from pilothouse.platform.records import Session, micros, moment
from pilothouse.platform.records.engine import Row

_ACCOUNT = "id, email, name, role, created_at, last_login_at, disabled_at"
_KEY = (
    "k.id, k.name, k.hint, k.scopes, k.created_by, k.created_at, k.used_at, k.expires_at, "
    "k.revoked_at, p.name AS project"
)


def accounts(session: Session) -> list[Account]:
    """All accounts, by e-mail address."""
    return [_account(row) for row in session.all(f"SELECT {_ACCOUNT} FROM accounts ORDER BY email")]


def account(session: Session, number: int) -> Account | None:
    """The account of this number."""
    row = session.one(f"SELECT {_ACCOUNT} FROM accounts WHERE id = :id", id=number)
    return None if row is None else _account(row)


def password_of(session: Session, email: str) -> tuple[Account, str] | None:
    """The account of an e-mail address and what is kept of its password."""
    row = session.one(
        f"SELECT {_ACCOUNT}, password_hash FROM accounts WHERE email = :email", email=email
    )
    return None if row is None else (_account(row), row["password_hash"])


def add_account(session: Session, email: str, name: str, password_hash: str, role: Role) -> bool:
    """Add an account; False when the e-mail address has one."""
    added = session.run(
        """
        INSERT INTO accounts (email, name, password_hash, role, created_at)
        VALUES (:email, :name, :password_hash, :role, :now)
        ON CONFLICT (email) DO NOTHING
        """,
        email=email,
        name=name,
        password_hash=password_hash,
        role=role,
        now=micros(),
    )
    return added == 1


def change_account(
    session: Session,
    number: int,
    *,
    name: str | None = None,
    role: Role | None = None,
    password_hash: str | None = None,
    disabled: bool | None = None,
) -> None:
    """Change what is given of an account."""
    if name is not None:
        session.run("UPDATE accounts SET name = :name WHERE id = :id", id=number, name=name)
    if role is not None:
        session.run("UPDATE accounts SET role = :role WHERE id = :id", id=number, role=role)
    if password_hash is not None:
        session.run(
            "UPDATE accounts SET password_hash = :hash WHERE id = :id",
            id=number,
            hash=password_hash,
        )
    if disabled is not None:
        session.run(
            "UPDATE accounts SET disabled_at = :at WHERE id = :id",
            id=number,
            at=micros() if disabled else None,
        )


def remove_account(session: Session, number: int) -> None:
    """Remove an account; its browser sessions go with it."""
    session.run("DELETE FROM accounts WHERE id = :id", id=number)


def other_admins(session: Session, number: int) -> int:
    """How many admins who can sign in there are besides this account."""
    row = session.one(
        """
        SELECT count(*) AS admins
        FROM accounts
        WHERE role = 'admin' AND disabled_at IS NULL AND id <> :id
        """,
        id=number,
    )
    return 0 if row is None else int(row["admins"])


def has_admin(session: Session) -> bool:
    """Whether anybody can administer this server."""
    return other_admins(session, 0) > 0


def keys(session: Session) -> list[ApiKey]:
    """All keys that were not revoked, newest first."""
    rows = session.all(
        f"""
        SELECT {_KEY}
        FROM api_keys k
        LEFT JOIN projects p ON p.id = k.project_id
        WHERE k.revoked_at IS NULL
        ORDER BY k.created_at DESC, k.id DESC
        """
    )
    return [_key(row) for row in rows]


def key_of(session: Session, key_hash: str) -> ApiKey | None:
    """The key that a caller showed."""
    row = session.one(
        f"""
        SELECT {_KEY}
        FROM api_keys k
        LEFT JOIN projects p ON p.id = k.project_id
        WHERE k.key_hash = :key_hash
        """,
        key_hash=key_hash,
    )
    return None if row is None else _key(row)


def add_key(
    session: Session,
    *,
    name: str,
    hint: str,
    key_hash: str,
    scopes: tuple[KeyScope, ...],
    project_id: int | None,
    created_by: str,
    expires_at: int | None,
) -> None:
    """Add a key."""
    session.run(
        """
        INSERT INTO api_keys
            (name, hint, key_hash, scopes, project_id, created_by, created_at, expires_at)
        VALUES
            (:name, :hint, :key_hash, :scopes, :project_id, :created_by, :now, :expires_at)
        """,
        name=name,
        hint=hint,
        key_hash=key_hash,
        scopes=json.dumps(scopes),
        project_id=project_id,
        created_by=created_by,
        now=micros(),
        expires_at=expires_at,
    )


def revoke_key(session: Session, number: int) -> bool:
    """Revoke a key; False when there is none that was not revoked."""
    changed = session.run(
        "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL",
        id=number,
        now=micros(),
    )
    return changed == 1


def mark_used(session: Session, number: int, at: int) -> None:
    """Note when a key was last used."""
    session.run("UPDATE api_keys SET used_at = :at WHERE id = :id", id=number, at=at)


def add_session(session: Session, token_hash: str, account_id: int, user_agent: str) -> None:
    """Add a browser session and note the sign-in."""
    now = micros()
    session.run(
        """
        INSERT INTO browser_sessions (token_hash, account_id, user_agent, created_at, seen_at)
        VALUES (:token_hash, :account_id, :user_agent, :now, :now)
        """,
        token_hash=token_hash,
        account_id=account_id,
        user_agent=user_agent,
        now=now,
    )
    session.run("UPDATE accounts SET last_login_at = :now WHERE id = :id", id=account_id, now=now)


def account_of_session(
    session: Session, token_hash: str, oldest: int
) -> tuple[Account, int] | None:
    """Whose browser session it is, and when it was last seen; None for one that is too old."""
    row = session.one(
        """
        SELECT a.id, a.email, a.name, a.role, a.created_at, a.last_login_at, a.disabled_at,
            s.seen_at
        FROM browser_sessions s
        JOIN accounts a ON a.id = s.account_id
        WHERE s.token_hash = :token_hash AND s.seen_at >= :oldest AND a.disabled_at IS NULL
        """,
        token_hash=token_hash,
        oldest=oldest,
    )
    return None if row is None else (_account(row), int(row["seen_at"]))


def see_session(session: Session, token_hash: str, oldest: int) -> None:
    """Note that a browser session is in use, and drop those that nobody used for too long."""
    session.run(
        "UPDATE browser_sessions SET seen_at = :now WHERE token_hash = :token_hash",
        token_hash=token_hash,
        now=micros(),
    )
    session.run("DELETE FROM browser_sessions WHERE seen_at < :oldest", oldest=oldest)


def end_session(session: Session, token_hash: str) -> None:
    """Sign one browser out."""
    session.run("DELETE FROM browser_sessions WHERE token_hash = :hash", hash=token_hash)


def end_sessions(session: Session, account_id: int) -> None:
    """Sign out every browser of an account."""
    session.run("DELETE FROM browser_sessions WHERE account_id = :id", id=account_id)


def _account(row: Row) -> Account:
    return Account(
        id=row["id"],
        email=row["email"],
        name=row["name"],
        role=cast("Role", row["role"]),  # the service writes nothing else
        created_at=moment(row["created_at"]),
        last_login_at=moment(row["last_login_at"]),
        is_disabled=row["disabled_at"] is not None,
    )


def _key(row: Row) -> ApiKey:
    return ApiKey(
        id=row["id"],
        name=row["name"],
        hint=row["hint"],
        scopes=tuple(json.loads(row["scopes"])),
        project=row["project"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        used_at=moment(row["used_at"]),
        expires_at=moment(row["expires_at"]),
        revoked_at=moment(row["revoked_at"]),
    )
