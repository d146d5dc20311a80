"""Who calls, and what a caller may do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

Scope = Literal["ingest", "read", "write", "admin"]
"""What a request needs; `write` is what a person may change besides other people's things."""
KeyScope = Literal["ingest", "read", "admin"]
KEY_SCOPES: Final[tuple[KeyScope, ...]] = ("ingest", "read", "admin")
Role = Literal["admin", "member"]
ROLES: Final[tuple[Role, ...]] = ("admin", "member")

_EVERYTHING: Final[frozenset[Scope]] = frozenset({"ingest", "read", "write", "admin"})
_OF_ROLE: Final[dict[str, frozenset[Scope]]] = {
    "admin": _EVERYTHING,
    "member": frozenset({"ingest", "read", "write"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who a request comes from, once that is known."""

    kind: Literal["anyone", "key", "account"]
    """`anyone` is whoever sits at this machine, where the server is on loopback."""
    name: str = ""
    """The e-mail address of an account, the name of a key."""
    id: int = 0
    role: Role = "member"
    scopes: frozenset[Scope] = frozenset()
    project: str | None = None
    """The one project that a key belongs to; None for all."""

    def may(self, scope: Scope) -> bool:
        """Whether the caller holds a scope."""
        return scope in self.scopes

    def sees(self, project: str) -> bool:
        """Whether the caller may read or write a project."""
        return self.project is None or self.project == project


ANYONE: Final = Principal(kind="anyone", role="admin", scopes=_EVERYTHING)


def of_account(number: int, email: str, role: Role) -> Principal:
    """The principal that a signed-in person is."""
    return Principal(kind="account", id=number, name=email, role=role, scopes=_OF_ROLE[role])


def of_key(number: int, name: str, scopes: tuple[str, ...], project: str | None) -> Principal:
    """The principal that the holder of a key is; `admin` holds everything."""
    held = (
        _EVERYTHING
        if "admin" in scopes
        else frozenset[Scope](scope for scope in KEY_SCOPES if scope in scopes)
    )
    role: Role = "admin" if "admin" in scopes else "member"
    return Principal(kind="key", id=number, name=name, role=role, scopes=held, project=project)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who can sign in."""

    id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    last_login_at: datetime | None
    is_disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a program. Its secret is shown once, when it is made."""

    id: int
    name: str
    hint: str
    """The first characters, to recognise it by."""
    scopes: tuple[KeyScope, ...]
    project: str | None
    created_by: str
    created_at: datetime
    used_at: datetime | None
    """To the minute."""
    expires_at: datetime | None
    revoked_at: datetime | None
