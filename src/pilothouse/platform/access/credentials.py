"""Finds the key or session token in the headers of a request."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

COOKIE: Final = "pilothouse_session"


def credential(headers: Mapping[str, str]) -> str | None:
    """The secret that a request shows, None when it shows none; names are in lower case.

    Exporters take headers from a variable in which values are URL-encoded, and not all of them
    decode: `Basic%20…` and `Bearer%20…` are understood as well.
    """
    authorization = headers.get("authorization")
    if authorization:
        return _of_authorization(authorization)
    key = headers.get("x-api-key") or headers.get("api_key") or headers.get("api-key")
    if key:
        return unquote(key).strip() or None
    return session_token(headers.get("cookie", ""))


def session_token(cookies: str) -> str | None:
    """The token in a Cookie header."""
    for pair in cookies.split(";"):
        name, _, value = pair.strip().partition("=")
        if name == COOKIE:
            return value or None
    return None


def _of_authorization(value: str) -> str | None:
    scheme, _, rest = unquote(value).strip().partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    if scheme.lower() != "basic":
        return unquote(value).strip() or None  # some clients send the bare key
    try:
        decoded = base64.b64decode(rest, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    user, _, password = decoded.partition(":")
    return password or user or None
