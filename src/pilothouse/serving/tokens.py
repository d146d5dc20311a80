"""Signed permissions to judge one run by one key until a time."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from pilothouse.serving.errors import InvalidInput

LIFETIME_S: Final = 7 * 86_400


class Tokens:
    """Makes them, and reads those of its own making."""

    def __init__(self, keys: tuple[str, ...], secret: str) -> None:
        self._keys = keys
        self._secret = secret.encode() or secrets.token_bytes(32)

    def made(self, run_id: str, path: str) -> list[dict[str, Any]]:
        """One a key, as LangServe tells of them."""
        if not self._keys:
            return []
        expires = int(time.time()) + LIFETIME_S
        when = datetime.fromtimestamp(expires, UTC).isoformat()
        base = f"{path.rstrip('/')}/token_feedback?token="
        return [
            {"key": key, "token_url": base + self._token(run_id, key, expires), "expires_at": when}
            for key in self._keys
        ]

    def read(self, token_or_url: str) -> tuple[str, str]:
        """Run and key; raises InvalidInput for a token that is not ours, or too old."""
        _, _, token = token_or_url.rpartition("token=")
        packed, _, signature = token.partition(".")
        if not hmac.compare_digest(self._signature(packed), signature):
            raise InvalidInput("this feedback token is not valid")
        run_id, key, expires = orjson.loads(base64.urlsafe_b64decode(packed + "=="))
        if expires < time.time():
            raise InvalidInput("this feedback token has expired")
        return run_id, key

    def _token(self, run_id: str, key: str, expires: int) -> str:
        packed = base64.urlsafe_b64encode(orjson.dumps([run_id, key, expires])).decode().rstrip("=")
        return f"{packed}.{self._signature(packed)}"

    def _signature(self, packed: str) -> str:
        return hmac.new(self._secret, packed.encode(), hashlib.sha256).hexdigest()[:32]
