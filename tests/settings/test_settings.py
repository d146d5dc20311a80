"""Where a setting comes from, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from pilothouse.listening import is_loopback
from pilothouse.platform.settings import Settings, SettingsError, load, masked


def test_an_argument_wins_over_environment_file_and_default(tmp_path: Path) -> None:
    (tmp_path / "pilothouse.toml").write_text("port = 1\nlog_level = 'debug'\nretention_days = 7\n")
    environ = {"PILOTHOUSE_PORT": "2", "PILOTHOUSE_RETENTION_DAYS": "8"}

    loaded = load({"data": tmp_path, "port": 3, "host": None}, environ=environ)

    assert loaded.settings.port == 3
    assert loaded.settings.retention_days == 8
    assert loaded.settings.log_level == "debug"
    assert loaded.settings.host == "127.0.0.1"
    assert loaded.origins == {
        "data": "argument",
        "port": "argument",
        "retention_days": "environment PILOTHOUSE_RETENTION_DAYS",
        "log_level": f"file {tmp_path / 'pilothouse.toml'}",
    }


def test_both_stores_lie_in_the_data_directory_unless_said_otherwise(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)

    assert settings.store == f"chdb://{tmp_path}/spans"
    assert settings.database == f"sqlite:///{tmp_path}/pilothouse.db"
    assert settings.backups == tmp_path / "backups"


def test_a_misspelt_variable_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="did you mean PILOTHOUSE_RETENTION_DAYS") as caught:
        load({"data": tmp_path}, environ={"PILOTHOUSE_RETENTION_DAY": "3"})

    assert "PILOTHOUSE_RETENTION_DAY;" in str(caught.value)


def test_a_misspelt_key_of_the_file_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "pilothouse.toml").write_text("durabilty = 'fsync'\n")

    with pytest.raises(SettingsError, match="did you mean durability"):
        load({"data": tmp_path}, environ={})


def test_variables_of_the_client_are_let_pass(tmp_path: Path) -> None:
    environ = {"PILOTHOUSE_ENDPOINT": "x", "PILOTHOUSE_API_KEY": "y", "PILOTHOUSE_PROJECT": "z"}

    assert load({"data": tmp_path}, environ=environ).origins == {"data": "argument"}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("PORT", "http", "a whole number from 0 to 65535"),
        ("PORT", "70000", "a whole number from 0 to 65535"),
        ("DURABILITY", "maybe", "one of commit, fsync"),
        ("MAX_REQUEST_BYTES", "much", "a number of bytes"),
        ("DEMO", "perhaps", "true or false"),
        ("DATA", " ", "a path"),
    ],
)
def test_a_value_that_does_not_fit_says_what_would(name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsError, match=wanted):
        load({}, environ={f"PILOTHOUSE_{name}": value})


def test_values_are_read_from_text(tmp_path: Path) -> None:
    environ = {
        "PILOTHOUSE_DATA": str(tmp_path),
        "PILOTHOUSE_MAX_REQUEST_BYTES": "2MiB",
        "PILOTHOUSE_ALLOWED_HOSTS": "Box.local, other",
        "PILOTHOUSE_DEMO": "yes",
    }

    settings = load({}, environ=environ).settings

    assert settings.max_request_bytes == 2 * 2**20
    assert settings.allowed_hosts == ("box.local", "other")
    assert settings.demo is True
    assert settings.data == tmp_path


def test_a_named_file_must_exist_and_be_toml(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("port = = 3")

    with pytest.raises(SettingsError, match="does not exist"):
        load({}, environ={}, config=tmp_path / "absent.toml")
    with pytest.raises(SettingsError, match="is not TOML"):
        load({}, environ={"PILOTHOUSE_CONFIG": str(broken)})


def test_passwords_are_masked_where_settings_are_shown(tmp_path: Path) -> None:
    url = "postgresql://ann:secret@db.example:5432/ph"

    shown = {line.name: line for line in load({"data": tmp_path, "database": url}).shown()}

    assert shown["database"].value == "postgresql://ann:***@db.example:5432/ph"
    assert shown["port"].origin == "default"
    assert masked("sqlite:////var/lib/ph.db") == "sqlite:////var/lib/ph.db"


@pytest.mark.parametrize(
    ("host", "answer"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
     ("[::1]", True), ("::", False), ("10.0.0.1", False), ("example.org", False)],
)  # fmt: skip
def test_loopback_is_this_machine_only(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
