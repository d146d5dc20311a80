"""Who uses the page: the holder of a key, who signed in with it, or a visitor.

The key lies in a cookie that scripts cannot read and that only the page's own routes accept. What
changes something carries a header besides, which pages of other origins cannot send.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from pilothouse.serving.call import Call
from pilothouse.serving.errors import InvalidInput, Refusal
from pilothouse.serving.ids import new_hex
from pilothouse.serving.keys import PAGE_COOKIE, Keys, Principal
from pilothouse.serving.options import Options
from pilothouse.serving.replies import Answer, Reply

MARK: Final = "x-pilothouse-page"
VISITOR: Final = "pilothouse_visitor"
MONTHS_S: Final = 180 * 24 * 3600
_VISITOR_ID: Final = re.compile(r"[0-9a-f]{32}")
_SAFE: Final = frozenset(("GET", "HEAD"))


class Access:
    """Tells whose conversations a request may see."""

    def __init__(self, keys: Keys, options: Options) -> None:
        self._keys = keys
        self._apart = options.visitors_apart
        self._framed = bool(options.frame_ancestors)

    @property
    def apart(self) -> bool:
        """Whether each browser has conversations of its own."""
        return self._apart and not self._keys.asked_for

    def owner(self, call: Call) -> str:
        """Whose; Refusal 403 for what another page may have sent."""
        if call.method not in _SAFE:
            self.require_mark(call)
        if not self.apart:
            return call.principal.name if call.principal is not None else ""
        visitor = self.visitor(call)
        if visitor is None:
            raise Refusal(
                "the page's cookie is missing: load it anew", status=401, code="no_cookie"
            )
        call.principal = Principal(f"visitor-{visitor}")
        return call.principal.name

    def sees_traces(self, call: Call) -> bool:
        """Whether the trace of a run is any of their business."""
        if self.apart:
            return False
        return call.principal is None or call.principal.may("read")

    def visitor(self, call: Call) -> str | None:
        """The browser's own id."""
        found = call.cookie(VISITOR)
        return found if found is not None and _VISITOR_ID.fullmatch(found) else None

    def welcome(self, call: Call) -> list[tuple[bytes, bytes]]:
        """What a browser is given with the page itself."""
        if not self.apart or self.visitor(call) is not None:
            return []
        return [self._cookie(call, VISITOR, new_hex(), MONTHS_S)]

    async def sign_in(self, call: Call) -> Reply:
        """Keep the key that somebody typed; 401 for one that is not valid."""
        self.require_mark(call)
        key = (await call.json()).get("key")
        if not isinstance(key, str):
            raise InvalidInput("key must be a text")
        if self._keys.of_token(key.strip()) is None:
            raise Refusal("the API key is not valid", status=401, code="invalid_api_key")
        cookie = self._cookie(call, PAGE_COOKIE, quote(key.strip(), safe=""), MONTHS_S)
        return Answer(b"", status=204, headers=[cookie])

    async def sign_out(self, call: Call) -> Reply:
        """Forget it."""
        self.require_mark(call)
        return Answer(b"", status=204, headers=[self._cookie(call, PAGE_COOKIE, "", 0)])

    def require_mark(self, call: Call) -> None:
        """Refusal 403 for what another page may have sent."""
        if call.header(MARK) is None:
            raise Refusal(
                f"requests of the page carry the header {MARK}", status=403, code="foreign_page"
            )

    def _cookie(self, call: Call, name: str, value: str, age_s: int) -> tuple[bytes, bytes]:
        secure = call.scope.get("scheme") == "https"
        path = call.scope.get("root_path", "") or ""
        parts = [f"{name}={value}", f"Path={path}/ui/", f"Max-Age={age_s}", "HttpOnly"]
        if secure and self._framed:  # in a frame of another site
            parts += ["SameSite=None", "Secure", "Partitioned"]
        else:
            parts += ["SameSite=Lax", *(["Secure"] if secure else [])]
        return b"set-cookie", "; ".join(parts).encode("latin-1", "ignore")
