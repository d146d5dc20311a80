"""Passwords, keys and session tokens: how they are made and how they are kept.

A password is slow to check on purpose (Argon2id); keys and tokens are long random texts, for which
one SHA-256 is enough.
"""

from __future__ import annotations

import hashlib
import secrets
import string
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from argon2 import PasswordHasher

KEY_PREFIX: Final = "ph_"
SHORTEST_PASSWORD: Final = 8
LONGEST_PASSWORD: Final = 1024
_ALPHABET: Final = string.ascii_letters + string.digits


def new_key() -> str:
    """A key of 190 random bits that a double click selects whole."""
    return KEY_PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(32))


def new_token() -> str:
    """The token of a browser session."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of a key or token."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def hint(key: str) -> str:
    """What is shown of a key."""
    return key[: len(KEY_PREFIX) + 4] + "…"


def hashed(password: str) -> str:
    """What is kept of a password."""
    return _hasher().hash(_bytes(password))


def matches(password: str, kept: str | None) -> bool:
    """Whether a password is the right one; takes as long where there is no account."""
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(_nobodys() if kept is None else kept, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def _bytes(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=1)
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@lru_cache(maxsize=1)
def _nobodys() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
