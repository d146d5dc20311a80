"""Says who a request comes from, and keeps accounts and keys."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pilothouse.platform.access import records as kept
from pilothouse.platform.access import secrets
from pilothouse.platform.access.attempts import OF_ACCOUNT_S, OF_ADDRESS_S, Attempts
from pilothouse.platform.access.credentials import credential
from pilothouse.platform.access.models import (
    ANYONE,
    KEY_SCOPES,
    ROLES,
    Account,
    ApiKey,
    KeyScope,
    Principal,
    Role,
    Scope,
    of_account,
    of_key,
)
from pilothouse.platform.errors import (
    ApiError,
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    Unauthorized,
    Unavailable,
)
from pilothouse.platform.records import Records, RecordsError, micros, micros_of
from pilothouse.platform.settings import Settings

log = logging.getLogger("pilothouse.access")

FRESH_S: Final = 10.0
"""How long an answer holds: so long a key works after another server revoked it."""
_SEEN_EVERY: Final = 60 * 1_000_000
_DAY: Final = 86_400 * 1_000_000
_MOST_KNOWN: Final = 10_000
_EMAIL: Final = re.compile(r"[^@\s]{1,100}@[^@\s]{1,150}")


class TooManyAttempts(ApiError):
    """Somebody guesses passwords."""

    status, code = 429, "too_many_attempts"


class Access:
    """Knows callers by their keys and sessions; on loopback everybody is welcome."""

    def __init__(
        self,
        records: Records,
        *,
        is_open: bool,
        session_days: int = 30,
        attempts: Attempts | None = None,
    ) -> None:
        """`is_open` where only this machine can reach the server."""
        self.is_open = is_open
        self._records = records
        self._session_life = session_days * _DAY
        self._attempts = attempts or Attempts()
        self._checking = threading.BoundedSemaphore(2)  # one check takes 64 MiB
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Principal | None, float]] = {}
        """By digest of what the caller showed; until when that holds."""
        self._used: dict[int, int] = {}
        """Keys used since that was last written down."""
        self._used_written = 0

    # ---- who calls

    def authorise(self, headers: Mapping[str, str], scope: Scope = "ingest") -> Principal:
        """Who sent these headers (names in lower case), if they may; for OTLP and gRPC.

        Raises Unauthorized when nobody known did, Forbidden when they lack the scope.
        """
        if self.is_open:
            return ANYONE
        secret = credential(headers)
        principal = None if secret is None else self.known(secret)
        if principal is None:
            raise Unauthorized(missing(secret is not None))
        return require(principal, scope)

    def known_already(self, secret: str) -> tuple[bool, Principal | None]:
        """Whether who shows this secret was found out a moment ago, and who it is."""
        found = self._known.get(secrets.digest(secret))
        if found is None or found[1] < time.monotonic():
            return False, None
        if found[0] is not None and found[0].kind == "key":
            self._used[found[0].id] = micros()
        return True, found[0]

    def known(self, secret: str) -> Principal | None:
        """Who shows this key or session token; may ask the database."""
        fresh, principal = self.known_already(secret)
        if fresh:
            return principal
        token_hash = secrets.digest(secret)
        try:
            principal = self._look_up(secret, token_hash)
        except Exception as error:
            log.exception("the records database did not say whose key it is")
            raise Unavailable("keys cannot be looked up at the moment; try again") from error
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[token_hash] = (principal, time.monotonic() + FRESH_S)
        if principal is not None and principal.kind == "key":
            self._used[principal.id] = micros()
        self._write_uses()
        return principal

    def _look_up(self, secret: str, token_hash: str) -> Principal | None:
        now = micros()
        if secret.startswith(secrets.KEY_PREFIX):
            with self._records.read() as session:
                key = kept.key_of(session, token_hash)
            if key is None or key.revoked_at is not None:
                return None
            if key.expires_at is not None and key.expires_at <= datetime.now(UTC):
                return None
            return of_key(key.id, key.name or key.hint, key.scopes, key.project)
        oldest = now - self._session_life
        with self._records.read() as session:
            found = kept.account_of_session(session, token_hash, oldest)
        if found is None:
            return None
        account, seen_at = found
        if now - seen_at > 60 * _SEEN_EVERY:
            with self._records.write() as session:
                kept.see_session(session, token_hash, oldest)
        return of_account(account.id, account.email, account.role)

    def _write_uses(self) -> None:
        now = micros()
        with self._lock:
            if not self._used or now - self._used_written < _SEEN_EVERY:
                return
            used, self._used, self._used_written = self._used, {}, now
        with self._records.write() as session:
            for number, at in used.items():
                kept.mark_used(session, number, at)

    def _forget(self) -> None:
        with self._lock:
            self._known.clear()

    def close(self) -> None:
        """Write down which keys were used."""
        self._used_written = 0
        self._write_uses()

    # ---- signing in

    def login(
        self, email: str, password: str, *, address: str = "", user_agent: str = ""
    ) -> tuple[Account, str]:
        """The account and the token of a new browser session.

        Raises Unauthorized for a wrong password, TooManyAttempts for guessing.
        """
        email = email.strip().lower()
        costs_s = {f"account {email}": OF_ACCOUNT_S, f"address {address}": OF_ADDRESS_S}
        wait_s = self._attempts.wait_s(*costs_s)
        if wait_s > 0:
            raise TooManyAttempts(
                f"too many wrong passwords; try again in {int(wait_s) + 1} s",
                {"retry_after_s": int(wait_s) + 1},
            )
        found = None
        if _is_email(email):
            with self._records.read() as session:
                found = kept.password_of(session, email)
        with self._checking:
            right = secrets.matches(password, None if found is None else found[1])
        if found is None or not right or found[0].is_disabled:
            self._attempts.failed(costs_s)
            raise Unauthorized("this e-mail address and this password do not belong together")
        self._attempts.succeeded(*costs_s)
        token = secrets.new_token()
        with self._records.write() as session:
            kept.add_session(session, secrets.digest(token), found[0].id, user_agent[:300])
        return found[0], token

    def logout(self, token: str) -> None:
        """End a browser session."""
        with self._records.write() as session:
            kept.end_session(session, secrets.digest(token))
        self._forget()

    # ---- accounts

    def has_admin(self) -> bool:
        """Whether anybody can administer this server."""
        with self._records.read() as session:
            return kept.has_admin(session)

    def accounts(self) -> list[Account]:
        """All accounts."""
        with self._records.read() as session:
            return kept.accounts(session)

    def create_account(
        self, email: str, password: str, *, name: str = "", role: Role = "member"
    ) -> Account:
        """A new account. Raises BadRequest, Conflict."""
        email = email.strip().lower()
        if not _is_email(email):
            raise BadRequest(f"{email!r} is not an e-mail address")
        if role not in ROLES:
            raise BadRequest(f"a role is one of {', '.join(ROLES)}, not {role!r}")
        password_hash = _checked_hash(password)
        with self._records.write() as session:
            if not kept.add_account(session, email, name.strip(), password_hash, role):
                raise Conflict(f"{email!r} has an account already")
            found = kept.password_of(session, email)
        assert found is not None
        return found[0]

    def change_account(
        self,
        number: int,
        *,
        name: str | None = None,
        role: Role | None = None,
        password: str | None = None,
        disabled: bool | None = None,
    ) -> Account:
        """The account after the given changes; a new password signs all its browsers out."""
        password_hash = None if password is None else _checked_hash(password)
        with self._records.write() as session:
            session.hold("accounts", role="admin")
            before = _existing(kept.account(session, number), number)
            if (role == "member" or disabled) and before.role == "admin":
                self._keep_an_admin(kept.other_admins(session, number))
            kept.change_account(
                session,
                number,
                name=name,
                role=role,
                password_hash=password_hash,
                disabled=disabled,
            )
            if password is not None or disabled:
                kept.end_sessions(session, number)
            account = _existing(kept.account(session, number), number)
        self._forget()
        return account

    def delete_account(self, number: int) -> None:
        """Remove an account; the last admin stays."""
        with self._records.write() as session:
            session.hold("accounts", role="admin")
            account = _existing(kept.account(session, number), number)
            if account.role == "admin":
                self._keep_an_admin(kept.other_admins(session, number))
            kept.remove_account(session, number)
        self._forget()

    def _keep_an_admin(self, others: int) -> None:
        if others == 0 and not self.is_open:
            raise Conflict("this is the only admin; make another one first")

    # ---- keys

    def list_keys(self) -> list[ApiKey]:
        """All keys that work or have expired."""
        self._used_written = 0
        self._write_uses()
        with self._records.read() as session:
            return kept.keys(session)

    def create_key(
        self,
        *,
        name: str = "",
        scopes: tuple[str, ...] = ("ingest",),
        project_id: int | None = None,
        created_by: str = "",
        expires_at: datetime | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which nobody can show again."""
        wrong = [scope for scope in scopes if scope not in KEY_SCOPES]
        if wrong or not scopes:
            raise BadRequest(f"scopes of a key are {', '.join(KEY_SCOPES)}, not {wrong}")
        if project_id is not None and "admin" in scopes:
            raise BadRequest("a key with the scope admin cannot belong to one project")
        held: tuple[KeyScope, ...] = tuple(scope for scope in KEY_SCOPES if scope in scopes)
        key = secrets.new_key()
        with self._records.write() as session:
            kept.add_key(
                session,
                name=name.strip()[:200],
                hint=secrets.hint(key),
                key_hash=secrets.digest(key),
                scopes=held,
                project_id=project_id,
                created_by=created_by,
                expires_at=micros_of(expires_at),
            )
            made = kept.key_of(session, secrets.digest(key))
        assert made is not None
        self._forget()
        return made, key

    def revoke_key(self, number: int) -> None:
        """Make a key worthless from now on. Raises NotFound."""
        with self._records.write() as session:
            if not kept.revoke_key(session, number):
                raise NotFound(f"there is no key {number}")
        self._forget()


def open_access(settings: Settings, records: Records) -> Access:
    """Access as a server needs it; raises RecordsError when strangers could reach it unasked."""
    access = Access(records, is_open=settings.on_loopback, session_days=settings.session_days)
    if access.is_open:
        return access
    if not access.has_admin() and settings.admin_email:
        access.create_account(
            settings.admin_email, _password_in(settings.admin_password_file), role="admin"
        )
    if not access.has_admin():
        raise RecordsError(
            f"{settings.host} can be reached from other machines and nobody has an account yet: "
            "run `pilothouse users create --admin` first, or set PILOTHOUSE_ADMIN_EMAIL and "
            "PILOTHOUSE_ADMIN_PASSWORD_FILE"
        )
    return access


def require(principal: Principal, scope: Scope) -> Principal:
    """The principal, if it holds a scope; raises Forbidden."""
    if not principal.may(scope):
        who = "this key" if principal.kind == "key" else "this account"
        raise Forbidden(f"{who} may not do that: it needs the scope {scope!r}")
    return principal


def missing(was_shown: bool) -> str:
    """What to tell a caller whom nobody knows."""
    if was_shown:
        return "this key or session is not known here, or was revoked"
    return "a key is needed: send it as `Authorization: Bearer ph_…`, or sign in"


def _is_email(text: str) -> bool:
    return text.isprintable() and _EMAIL.fullmatch(text) is not None


def _existing(account: Account | None, number: int) -> Account:
    if account is None:
        raise NotFound(f"there is no account {number}")
    return account


def _checked_hash(password: str) -> str:
    if not secrets.SHORTEST_PASSWORD <= len(password) <= secrets.LONGEST_PASSWORD:
        raise BadRequest(
            f"a password has {secrets.SHORTEST_PASSWORD} to {secrets.LONGEST_PASSWORD} characters"
        )
    return secrets.hashed(password)


def _password_in(path: Path | None) -> str:
    if path is None:
        raise RecordsError("PILOTHOUSE_ADMIN_EMAIL needs PILOTHOUSE_ADMIN_PASSWORD_FILE beside it")
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise RecordsError(f"the password file {path} cannot be read: {error}") from None
