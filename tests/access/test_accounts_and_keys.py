"""Accounts, keys and browser sessions, as the service keeps them; on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pilothouse.platform.access import Access, open_access
from pilothouse.platform.access.attempts import OF_ADDRESS_S, Attempts
from pilothouse.platform.access.service import TooManyAttempts
from pilothouse.platform.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from pilothouse.platform.projects import ProjectDirectory
from pilothouse.platform.records import Records, RecordsError
from pilothouse.platform.settings import Settings

PASSWORD = "correct horse"


def access_to(records: Records) -> Access:
    return Access(records, is_open=False)


def test_a_key_is_known_by_its_secret_and_only_a_hash_is_kept(records: Records) -> None:
    access = access_to(records)

    key, secret = access.create_key(name="ci", scopes=("ingest",))

    assert secret.startswith("ph_")
    assert access.authorise({"authorization": f"Bearer {secret}"}).name == "ci"
    with records.read() as session:
        row = session.one("SELECT * FROM api_keys WHERE id = :id", id=key.id)
    assert row is not None
    assert secret not in str(dict(row))
    assert key.hint == secret[:7] + "…"


def test_a_key_without_the_scope_is_forbidden(records: Records) -> None:
    access = access_to(records)
    _, secret = access.create_key(scopes=("read",))

    with pytest.raises(Forbidden, match="this key may not do that: it needs the scope 'ingest'"):
        access.authorise({"x-api-key": secret})
    assert access.authorise({"x-api-key": secret}, "read").kind == "key"


def test_an_admin_key_may_do_everything(records: Records) -> None:
    access = access_to(records)
    _, secret = access.create_key(scopes=("admin",))

    for scope in ("ingest", "read", "write", "admin"):
        access.authorise({"x-api-key": secret}, scope)


def test_a_revoked_key_is_worthless_at_once(records: Records) -> None:
    access = access_to(records)
    key, secret = access.create_key()
    access.authorise({"x-api-key": secret})

    access.revoke_key(key.id)

    with pytest.raises(Unauthorized, match="not known here, or was revoked"):
        access.authorise({"x-api-key": secret})
    with pytest.raises(NotFound, match="there is no key"):
        access.revoke_key(key.id)
    assert access.list_keys() == []


def test_an_expired_key_is_worthless(records: Records) -> None:
    access = access_to(records)
    _, secret = access.create_key(expires_at=datetime.now(UTC) - timedelta(seconds=1))

    with pytest.raises(Unauthorized):
        access.authorise({"x-api-key": secret})


def test_the_last_use_of_a_key_is_noted(records: Records) -> None:
    access = access_to(records)
    _, secret = access.create_key()
    assert access.list_keys()[0].used_at is None

    access.authorise({"x-api-key": secret})

    used_at = access.list_keys()[0].used_at
    assert used_at is not None
    assert datetime.now(UTC) - used_at < timedelta(minutes=1)


def test_a_key_of_one_project_says_so(records: Records) -> None:
    access = access_to(records)
    number = ProjectDirectory(records).id_of("shop")

    key, secret = access.create_key(scopes=("ingest", "read"), project_id=number)

    principal = access.authorise({"x-api-key": secret})
    assert (key.project, principal.project) == ("shop", "shop")
    assert principal.sees("shop")
    assert not principal.sees("other")
    with pytest.raises(BadRequest, match="cannot belong to one project"):
        access.create_key(scopes=("admin",), project_id=number)


def test_an_unknown_scope_is_refused(sqlite_records: Records) -> None:
    with pytest.raises(BadRequest, match="scopes of a key are ingest, read, admin"):
        access_to(sqlite_records).create_key(scopes=("root",))


def test_nothing_is_said_about_strangers(sqlite_records: Records) -> None:
    access = access_to(sqlite_records)

    with pytest.raises(Unauthorized, match="a key is needed"):
        access.authorise({})
    with pytest.raises(Unauthorized, match="not known here"):
        access.authorise({"authorization": "Bearer ph_made_up"})
    with pytest.raises(Unauthorized, match="not known here"):
        access.authorise({"authorization": "Bearer \ud800"})


def test_on_loopback_everybody_may_do_everything(sqlite_records: Records) -> None:
    access = Access(sqlite_records, is_open=True)

    assert access.authorise({}).kind == "anyone"
    assert access.authorise({"authorization": "Bearer wrong"}, "admin").may("admin")


def test_a_person_signs_in_with_e_mail_and_password_and_out_again(records: Records) -> None:
    access = access_to(records)
    access.create_account("Ann@Example.org", PASSWORD, role="member")

    account, token = access.login(" ann@example.org", PASSWORD)

    principal = access.known(token)
    assert principal is not None
    assert (account.email, principal.name, principal.role) == (
        "ann@example.org", "ann@example.org", "member",
    )  # fmt: skip
    assert principal.may("write")
    assert not principal.may("admin")
    access.logout(token)
    assert access.known(token) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [("ann@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", ""), ("\x00", "\ud800")],
)
def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(
    sqlite_records: Records, email: str, password: str
) -> None:
    access = access_to(sqlite_records)
    access.create_account("ann@example.org", PASSWORD)

    with pytest.raises(Unauthorized, match="do not belong together"):
        access.login(email, password)


def test_a_new_password_signs_every_browser_out(records: Records) -> None:
    access = access_to(records)
    account = access.create_account("ann@example.org", PASSWORD)
    _, token = access.login("ann@example.org", PASSWORD)

    access.change_account(account.id, password=PASSWORD + "!")

    assert access.known(token) is None
    with pytest.raises(Unauthorized):
        access.login("ann@example.org", PASSWORD)
    access.login("ann@example.org", PASSWORD + "!")


def test_a_disabled_account_cannot_sign_in_and_is_signed_out(records: Records) -> None:
    access = access_to(records)
    account = access.create_account("ann@example.org", PASSWORD)
    _, token = access.login("ann@example.org", PASSWORD)

    assert access.change_account(account.id, disabled=True).is_disabled

    assert access.known(token) is None
    with pytest.raises(Unauthorized):
        access.login("ann@example.org", PASSWORD)


def test_a_session_that_nobody_used_for_long_has_ended(records: Records) -> None:
    access = access_to(records)
    access.create_account("ann@example.org", PASSWORD)
    _, token = access.login("ann@example.org", PASSWORD)
    with records.write() as session:
        session.run("UPDATE browser_sessions SET seen_at = 5")

    assert access.known(token) is None


def test_the_last_admin_stays(records: Records) -> None:
    access = access_to(records)
    ann = access.create_account("ann@example.org", PASSWORD, role="admin")

    for change in ({"role": "member"}, {"disabled": True}):
        with pytest.raises(Conflict, match="the only admin"):
            access.change_account(ann.id, **change)
    with pytest.raises(Conflict, match="the only admin"):
        access.delete_account(ann.id)
    access.create_account("bob@example.org", PASSWORD, role="admin")
    access.delete_account(ann.id)
    assert [account.email for account in access.accounts()] == ["bob@example.org"]


@pytest.mark.parametrize("email", ["", "ann", "a b@c", "@", "x" * 200 + "@example.org"])
def test_a_wrong_address_is_refused(sqlite_records: Records, email: str) -> None:
    with pytest.raises(BadRequest, match="is not an e-mail address"):
        access_to(sqlite_records).create_account(email, PASSWORD)


def test_a_short_password_and_a_taken_address_are_refused(sqlite_records: Records) -> None:
    access = access_to(sqlite_records)
    access.create_account("ann@example.org", PASSWORD)

    with pytest.raises(BadRequest, match="a password has 8 to 1024 characters"):
        access.create_account("bob@example.org", "short")
    with pytest.raises(Conflict, match="has an account already"):
        access.create_account("ANN@example.org", PASSWORD)


def test_guessing_is_slowed_down(sqlite_records: Records) -> None:
    stopped = Attempts(clock=lambda: 0.0)  # or a slow machine would wait attempts off
    access = Access(sqlite_records, is_open=False, attempts=stopped)
    access.create_account("ann@example.org", PASSWORD)
    for _ in range(10):
        with pytest.raises(Unauthorized):
            access.login("ann@example.org", "wrong", address="10.0.0.9")

    with pytest.raises(TooManyAttempts, match=r"try again in \d+ s"):
        access.login("ann@example.org", PASSWORD, address="10.0.0.9")

    access.login("ann@example.org", PASSWORD, address="10.0.0.8")


def test_attempts_come_back_with_time() -> None:
    now = [0.0]
    attempts = Attempts(clock=lambda: now[0])
    for _ in range(10):
        attempts.failed({"address": OF_ADDRESS_S})
    assert attempts.wait_s("address") == pytest.approx(6)

    now[0] = 6.1

    assert attempts.wait_s("address") == 0


def reachable(tmp_path: Path, **more: object) -> Settings:
    return Settings(data=tmp_path, host="10.0.0.1", **more)


def test_a_server_that_others_can_reach_wants_an_admin_first(
    sqlite_records: Records, tmp_path: Path
) -> None:
    with pytest.raises(RecordsError, match="`pilothouse users create --admin` first"):
        open_access(reachable(tmp_path), sqlite_records)

    Access(sqlite_records, is_open=False).create_account("a@b.c", PASSWORD, role="admin")

    assert not open_access(reachable(tmp_path), sqlite_records).is_open


def test_the_first_admin_comes_from_the_environment(
    sqlite_records: Records, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    settings = reachable(
        tmp_path, admin_email="ann@example.org", admin_password_file=tmp_path / "password"
    )

    access = open_access(settings, sqlite_records)
    access.login("ann@example.org", PASSWORD)
    again = open_access(settings, sqlite_records)

    assert [account.role for account in again.accounts()] == ["admin"]


def test_a_password_file_that_is_not_there_is_one_clear_sentence(
    sqlite_records: Records, tmp_path: Path
) -> None:
    absent = reachable(tmp_path, admin_email="a@b.c", admin_password_file=tmp_path / "absent")

    with pytest.raises(RecordsError, match=r"absent cannot be read: .*No such file"):
        open_access(absent, sqlite_records)
    with pytest.raises(RecordsError, match="needs PILOTHOUSE_ADMIN_PASSWORD_FILE"):
        open_access(reachable(tmp_path, admin_email="a@b.c"), sqlite_records)
