"""Links that open one attachment for a while, without any header: the signature is the key."""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

LIFETIME_S: Final = 24 * 3600
_SHORTEST_STEP_S: Final = 3600
"""Links made within an hour are equal, so that caches and snapshots of answers are of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Where the bytes of an attachment lie, and what they are."""

    blob: str
    project: int
    mime_type: str = "application/octet-stream"


class Signed:
    """Signs links and tells whether a link is ours and still good."""

    def __init__(self, key: Callable[[], bytes], *, lifetime_s: int = LIFETIME_S) -> None:
        """`key` is asked on first use: a start need not wait for the database."""
        self._key = functools.cache(key)
        self._lifetime_s = lifetime_s

    def path(self, attachment: Attachment, now_s: float | None = None) -> str:
        """`/attachments/{blob}?…` with all that `opens` asks for; good for about a day."""
        now = int(time.time() if now_s is None else now_s)
        expires = (now // _SHORTEST_STEP_S + 1) * _SHORTEST_STEP_S + self._lifetime_s
        query = urlencode(
            {
                "project": attachment.project,
                "type": attachment.mime_type,
                "expires": expires,
                "sig": self._signature(attachment, expires),
            }
        )
        return f"/attachments/{quote(attachment.blob, safe='')}?{query}"

    def opens(
        self, attachment: Attachment, expires: int, signature: str, now_s: float | None = None
    ) -> bool:
        """Whether a signature is ours, for this attachment, and not over."""
        ours = self._signature(attachment, expires).encode()
        is_ours = hmac.compare_digest(ours, signature.encode("utf-8", "replace"))
        return is_ours and (time.time() if now_s is None else now_s) < expires

    def _signature(self, attachment: Attachment, expires: int) -> str:
        said = "\n".join(
            (attachment.blob, str(attachment.project), attachment.mime_type, str(expires))
        )
        return hmac.new(self._key(), said.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
