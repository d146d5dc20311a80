"""Accounts, keys and settings by command, without a running server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from command_line import Run
from pilothouse.platform.access import Access
from pilothouse.platform.records import Records


def access_of(tmp_path: Path) -> Access:
    return Access(Records(f"sqlite:///{tmp_path}/data/pilothouse.db"), is_open=False)


def test_the_first_user_is_an_admin_and_can_sign_in(run: Run, tmp_path: Path) -> None:
    made = run(
        "users", "create", "ann@example.org", "--password-file", "-", stdin="correct horse\n"
    )
    listed = json.loads(run("users", "list", "--json").stdout)

    assert made.returncode == 0
    assert made.stdout == ""
    assert [(user["email"], user["role"]) for user in listed] == [("ann@example.org", "admin")]
    assert access_of(tmp_path).login("ann@example.org", "correct horse")[0].role == "admin"


def test_later_users_are_members_unless_said_otherwise(run: Run, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("correct horse\n")
    for arguments in (("a@b.c",), ("d@e.f",), ("g@h.i", "--admin")):
        run("users", "create", *arguments, "--password-file", str(password))

    listed = json.loads(run("users", "list", "--json").stdout)

    assert [user["role"] for user in listed] == ["admin", "member", "admin"]


def test_a_key_goes_to_standard_output_alone_and_can_be_revoked(run: Run, tmp_path: Path) -> None:
    made = run("keys", "create", "ci", "--scope", "ingest", "--scope", "read")
    secret = made.stdout.strip()
    listed = json.loads(run("keys", "list", "--json").stdout)

    assert access_of(tmp_path).authorise({"x-api-key": secret}, "read").name == "ci"
    assert listed[0]["scopes"] == ["ingest", "read"]
    assert secret not in json.dumps(listed)
    assert run("keys", "revoke", str(listed[0]["id"])).returncode == 0
    assert json.loads(run("keys", "list", "--json").stdout) == []


def test_settings_are_shown_with_their_origin_and_without_secrets(run: Run) -> None:
    given = {
        "PILOTHOUSE_DATABASE": "postgresql://ann:swordfish@db/ph",
        "PILOTHOUSE_SECRET_KEY": "pw7ZzUHiMNdkGBS4RlYXe9Y8wqlT3iYvmQHYwq4LrZE=",
        "PILOTHOUSE_PORT": "9000",
    }
    answer = run("config", "show", "--json", **given)
    shown = {line["name"]: line for line in json.loads(answer.stdout)}

    assert shown["database"]["value"] == "postgresql://ann:***@db/ph"
    assert shown["port"]["value"] == 9000
    assert shown["port"]["origin"] == "environment PILOTHOUSE_PORT"
    assert shown["host"]["origin"] == "default"
    for output in (answer.stdout, run("config", "show", **given).stdout):
        assert "swordfish" not in output
        assert given["PILOTHOUSE_SECRET_KEY"] not in output


@pytest.mark.slow
def test_doctor_finds_nothing_wrong_before_the_first_start(run: Run) -> None:
    answer = run("doctor", "--json", PILOTHOUSE_PORT="0", PILOTHOUSE_OTLP_GRPC_PORT="0")
    findings = {finding["check"]: finding for finding in json.loads(answer.stdout)}

    assert answer.returncode == 0, answer.stdout
    assert {"installation", "data directory", "disk", "span store", "clock"} <= set(findings)
    assert "will be created" in findings["records database"]["message"]
