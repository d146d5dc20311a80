"""Keeps what must be read again but never seen: the keys of others, encrypted at rest.

The key of this server is a file in its data directory that only its owner can read, made when it is
first needed, or the setting `secret_key`. Either may hold several keys, newest first: the first one
encrypts, all of them decrypt.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.fernet import Fernet, MultiFernet

KEY_FILE: Final = "secret.key"


class SealingError(Exception):
    """A secret cannot be encrypted or read again; the message is one line."""


class Sealer:
    """Encrypts texts with the server's keys (Fernet: AES-128-CBC, authenticated by HMAC)."""

    def __init__(self, data: Path, secret_keys: Sequence[str] = ()) -> None:
        """Without `secret_keys` they are those of the file in `data`."""
        self._path = data / KEY_FILE
        self._given = tuple(secret_keys)
        self._lock = threading.Lock()
        self._opened: tuple[MultiFernet, Fernet] | None = None

    @property
    def source(self) -> str:
        """Where the keys come from, as people find it."""
        return "PILOTHOUSE_SECRET_KEY" if self._given else str(self._path)

    def seal(self, secret: str) -> str:
        """The text, encrypted. Raises SealingError where there is no usable key."""
        every, _ = self._keys(make=True)
        return every.encrypt(secret.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again. Raises SealingError when it was encrypted with another key."""
        from cryptography.fernet import InvalidToken

        every, _ = self._keys(make=False)
        try:
            return every.decrypt(sealed).decode()
        except InvalidToken:
            raise SealingError(
                f"it was encrypted with another key than that of {self.source}: bring the right "
                "one back, or enter the secret again"
            ) from None

    def resealed(self, sealed: str) -> str | None:
        """The text encrypted with the first key; None where it is, or where no key fits."""
        from cryptography.fernet import InvalidToken

        every, first = self._keys(make=False)
        try:
            first.decrypt(sealed)
        except InvalidToken:
            try:
                return every.rotate(sealed.encode()).decode()
            except InvalidToken:
                return None
        return None

    def _keys(self, *, make: bool) -> tuple[MultiFernet, Fernet]:
        with self._lock:
            if self._opened is None:
                self._opened = self._read(self._given or _lines(self._path, make=make))
            return self._opened

    def _read(self, keys: Sequence[str]) -> tuple[MultiFernet, Fernet]:
        from cryptography.fernet import Fernet, MultiFernet

        if not keys:
            raise SealingError(f"{self.source} is not there: bring it back from your backup")
        try:
            found = [Fernet(key) for key in keys]
        except ValueError:
            raise SealingError(
                f"{self.source} holds what is no key: 32 bytes in URL-safe base64 are wanted, "
                "as `openssl rand -base64 32 | tr '+/' '-_'` makes them"
            ) from None
        return MultiFernet(found), found[0]


def _lines(path: Path, *, make: bool) -> list[str]:
    """The keys of a file; with `make` there is one afterwards."""
    try:
        if make and not path.exists():
            _create(path)
        return path.read_text("ascii").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SealingError(f"the key file {path} cannot be used: {error}") from None


def _create(path: Path) -> None:
    """A file with a new key, whole or not at all: a half-written one would lose what it sealed."""
    from cryptography.fernet import Fernet

    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(Fernet.generate_key() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(part)
        except FileExistsError:  # another server was quicker; its key is ours too
            return
    finally:
        part.unlink(missing_ok=True)
