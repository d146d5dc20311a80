"""Who may ask: keys with scopes, kept as digests, or a function of the app's own."""

from __future__ import annotations

import hashlib
import hmac
import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from pilothouse.serving.errors import Refusal, SetupError

if TYPE_CHECKING:
    from pilothouse.serving.call import Call

NAME_CHARS: Final = 24
"""Of a key's digest: conversations are kept by it, so no two keys may share it."""
SHORTEST: Final = 16
DIGEST: Final = "sha256:"
PAGE_COOKIE: Final = "pilothouse_key"
PAGE_ROUTES: Final = "/ui/api/"
FEWEST: Final = 6
"""Different characters: a key that repeats itself is guessed soon."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    name: str
    scopes: tuple[str, ...] = ("*",)

    def may(self, what: str, mount: str | None = None) -> bool:
        """Whether a scope allows it: `read`, `admin`, or `invoke` of a mount."""
        wanted = {"*", "admin", what}
        if mount is not None:
            wanted |= {f"{what}:*", f"{what}:{mount}"}
        return not wanted.isdisjoint(self.scopes)


NOBODY: Final = Principal("")
Authenticate = Callable[["Call"], "Principal | Awaitable[Principal | None] | None"]


class Keys:
    """Recognizes whoever asks."""

    def __init__(
        self, keys: Mapping[str, tuple[str, ...]], authenticate: Authenticate | None = None
    ) -> None:
        self._authenticate = authenticate
        self._known: list[tuple[bytes, Principal]] = []
        for key, scopes in keys.items():
            if key.startswith(DIGEST):
                digest = bytes.fromhex(key.removeprefix(DIGEST))
            else:
                if len(key) < SHORTEST or len(set(key)) < FEWEST:
                    raise SetupError(
                        f"a key is too weak: it needs {SHORTEST} characters that nobody guesses"
                    )
                digest = hashlib.sha256(key.encode()).digest()
            name = digest.hex()[:NAME_CHARS]
            self._known.append((digest, Principal(name, tuple(scopes) or ("*",))))

    @property
    def asked_for(self) -> bool:
        """Whether anybody is turned away."""
        return bool(self._known) or self._authenticate is not None

    async def principal(self, call: Call) -> Principal:
        """Who asks; Refusal 401 for nobody known."""
        if self._authenticate is not None:
            found = self._authenticate(call)
            known = await found if inspect.isawaitable(found) else found
            if known is not None:
                return known
        elif not self._known:
            return NOBODY
        token = token_of(call)
        principal = None if token is None else self.of_token(token)
        if principal is None:
            told = "no API key was sent" if token is None else "the API key is not valid"
            raise Refusal(told, status=401, code="invalid_api_key")
        return principal

    def of_token(self, token: str) -> Principal | None:
        """Whose key it is; each key is compared, in constant time."""
        digest = hashlib.sha256(token.encode()).digest()
        found = None
        for known, principal in self._known:
            if hmac.compare_digest(known, digest):
                found = principal
        return found


def token_of(call: Call) -> str | None:
    """The key that a request carries."""
    scheme, _, token = (call.header("authorization") or "").partition(" ")
    if scheme.lower() == "bearer" and token.strip():
        return token.strip()
    return call.header("x-api-key") or call.header("api-key") or page_key(call)


def page_key(call: Call) -> str | None:
    """The key that somebody signed in with on the chat page; good for the page's own routes."""
    given = call.cookie(PAGE_COOKIE) if PAGE_ROUTES in call.path else None
    return unquote(given) or None if given is not None else None


def require(principal: Principal | None, what: str, mount: str | None = None) -> None:
    """Refusal 403 where the key does not reach so far."""
    if principal is not None and not principal.may(what, mount):
        of = f" of {mount!r}" if mount else ""
        raise Refusal(f"this key does not allow {what}{of}", status=403, code="permission_denied")
