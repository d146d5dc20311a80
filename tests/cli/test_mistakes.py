"""A user's mistake is one line on standard error and exit code 1, never a traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import Run
from pilothouse.cli.main import COMMANDS
from pilothouse.cli.main import run as run_here


def one_line(answer: subprocess.CompletedProcess[str]) -> str:
    """The line that a mistake is told in."""
    assert answer.returncode == 1, answer.stderr
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    lines = [line for line in answer.stderr.splitlines() if line.startswith("pilothouse: ")]
    assert len(lines) == 1, answer.stderr
    return lines[0]


def test_without_arguments_the_commands_are_listed(run: Run) -> None:
    answer = run()

    assert answer.returncode == 0
    assert all(name in answer.stdout for name in COMMANDS)
    assert "Exit codes: 0 done, 1 a mistake or a refusal, 130" in answer.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here([name, "--help"]) == 0

    assert capsys.readouterr().out.strip().startswith(f"Usage: pilothouse {name}")


@pytest.mark.parametrize(
    "line",
    [
        "up", "traces list", "traces show", "traces tail", "traces export", "traces import",
        "projects list", "projects create", "projects delete", "users create", "users list",
        "keys create", "keys list", "keys revoke", "config show", "doctor", "backup", "restore",
    ],
)  # fmt: skip
def test_every_help_has_an_example(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_here([*line.split(), "--help"]) == 0

    assert f"Example: pilothouse {line}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["traces", "projects", "users", "keys", "config"])
def test_a_word_that_wants_another_shows_its_help(run: Run, name: str) -> None:
    answers = [run(name), run("help", name), run(name, "--help")]

    assert {(a.returncode, a.stdout, a.stderr) for a in answers} == {(0, answers[2].stdout, "")}
    assert len(answers[0].stdout.splitlines()) > 5


def test_a_misspelt_command_gets_the_nearest_name(run: Run) -> None:
    assert one_line(run("trace")).endswith("there is no command 'trace'; did you mean 'traces'?")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("traces", "show"), "Missing argument 'trace_id'"),
        (("traces", "list", "--limit", "none"), "Invalid value for '--limit'"),
        (("up", "--porrt", "1"), "No such option: --porrt"),
        (("up", "--port", "70000"), "port (argument) must be a whole number from 0 to 65535"),
        (("up", "--durability", "maybe"), "must be one of commit, fsync"),
        (("up", "--store", "mysql://x"), "unknown store"),
        (("up", "--database", "mysql://x"), "unknown scheme 'mysql'"),
        (("up", "--config", "/nowhere.toml"), "/nowhere.toml does not exist"),
        (("traces", "list", "--endpoint", "http://127.0.0.1:9"), "no answer from"),
        (("traces", "import", "/nowhere.jsonl"), "/nowhere.jsonl cannot be read"),
        (("traces", "export", "--format", "xml"), "'xml' is not one of 'jsonl', 'csv'"),
        (("traces", "export", "--scope", "days"), "(pilothouse traces export --help)"),
        (("traces", "list", "--endpoint", "example"), "endpoint 'example' is no http(s) address"),
        (("projects", "delete", "desk"), "nobody to ask, so say --yes"),
        (("up", "--data", "/proc/none"), "/proc/none: No such file or directory"),
        (("backup",), "there is no data at"),
        (("restore", "/nowhere"), "/nowhere is no backup"),
        (("keys", "create", "--scope", "root"), "scopes of a key are ingest, read, admin"),
        (("keys", "revoke", "77"), "there is no key 77"),
        (("keys", "create", "--project", "none"), "there is no project 'none'"),
        (("users", "create", "ann", "--password-file", "-"), "'ann' is not an e-mail address"),
        (("users", "create", "a@b.c"), "give the password in a file"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_a_mistake_is_told_in_one_line(run: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in one_line(run(*arguments, stdin="correct horse\n"))


def test_an_unknown_variable_is_told_with_the_nearest(run: Run) -> None:
    said = one_line(run("config", "show", PILOTHOUSE_PROT="1"))

    assert "unknown environment variable PILOTHOUSE_PROT; did you mean PILOTHOUSE_PORT?" in said


@pytest.mark.slow
def test_a_taken_port_is_told(run: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert f"cannot listen on 127.0.0.1:{port}" in one_line(run("up", "--port", str(port)))


def test_a_directory_that_cannot_be_is_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert "file" in one_line(run("up", "--data", str(tmp_path / "file" / "data"), "--port", "0"))


@pytest.mark.slow
def test_a_server_that_others_can_reach_wants_an_admin(run: Run) -> None:
    said = one_line(run("up", "--host", "0.0.0.0", "--port", "0"))

    assert "run `pilothouse users create --admin` first" in said


def test_without_the_server_installed_up_says_how_to_install_it(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "sys.modules['fastapi'] = None\n"
        "from pilothouse.cli.main import run\n"
        "sys.exit(run(['up']))"
    )

    answer = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert "(fastapi missing): pip install 'pilothouse[server]'" in one_line(answer)
