"""The tools that look at files, each with the files that it takes and how it is asked.

Most are programs on PATH, or beside this interpreter; a few are Python packages. What a tool would
want from the network or from a machine that is set up is left out: nothing is fetched here.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

LONGEST_S: Final = 120
WARNING: Final = 2
"""Of Helm's severities."""
YAMLLINT: Final = (
    "{extends: default, rules: {line-length: disable, document-start: disable, comments: "
    "{min-spaces-from-content: 1}, braces: {max-spaces-inside: 1}}}"
)
OUR_COMMAND: Final = "/opt/pilothouse/bin/pilothouse"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linter:
    """A tool."""

    name: str
    takes: Callable[[Path, Path], bool]
    """Whether a file, in the folder that is looked at, is one for it."""
    run: Callable[[Path], str]
    """What is wrong with a file; empty where nothing is."""
    missing: Callable[[], str]
    """Why it cannot be asked; empty where it can."""


def program(name: str) -> str | None:
    """Where a program is: on PATH, beside this interpreter, or where administrators' ones are."""
    places = ["", str(Path(sys.executable).parent), "/usr/sbin:/usr/local/sbin:/sbin"]
    return next((found for p in places if (found := shutil.which(name, path=p or None))), None)


def _absent(name: str) -> Callable[[], str]:
    return lambda: "" if program(name) else f"{name} is not installed"


def _no_package(module: str, package: str) -> Callable[[], str]:
    return lambda: "" if find_spec(module) else f"not installed: pip install {package}"


def _says(*command: str, cwd: Path | None = None) -> str:
    found = program(command[0])
    assert found is not None, "asked for before"
    try:
        done = subprocess.run(  # noqa: S603 - a program of the table below, and paths
            [found, *command[1:]],
            cwd=cwd,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {LONGEST_S} s"
    said = (done.stdout + done.stderr).strip()
    return (said or f"exit code {done.returncode}") if done.returncode else ""


def _command(*words: str) -> Callable[[Path], str]:
    """A command whose last word is the file."""
    return lambda path: _says(*words, str(path))


def _no_compose() -> str:
    """Docker's own; the older docker-compose does not know all of today's files."""
    there = program("docker") and not _says("docker", "compose", "version")
    return "" if there else "docker compose is not installed"


# --- what a file is ---


def _named(*patterns: str) -> Callable[[Path, Path], bool]:
    return lambda path, _: any(path.match(pattern) for pattern in patterns)


def _of_chart(path: Path, folder: Path) -> bool:
    """Whether it is a template of a Helm chart, which is no YAML before it is filled."""
    return any(
        (parent / "Chart.yaml").is_file() and "templates" in path.relative_to(parent).parts[:1]
        for parent in path.parents
        if parent == folder or folder in parent.parents
    )


def _is_yaml(path: Path, folder: Path) -> bool:
    return path.suffix in (".yaml", ".yml") and not _of_chart(path, folder)


def _is_manifest(path: Path, folder: Path) -> bool:
    """Whether it has objects of Kubernetes's own; those of operators have other schemas."""
    if not _is_yaml(path, folder):
        return False
    text = path.read_text("utf-8", "replace")
    of_operators = any(f"apiVersion: {g}" in text for g in ("monitoring.", "ray.", "kustomize."))
    return "\nkind: " in text and "apiVersion: " in text and not of_operators


# --- tools that need more than a file's name ---


def _parsed(path: Path) -> str:
    """What keeps it from being read at all."""
    try:
        text = path.read_text("utf-8")
        if path.suffix == ".json":
            json.loads(text)
        elif path.suffix == ".toml":
            tomllib.loads(text)
        elif path.suffix == ".py":
            ast.parse(text)
    except (ValueError, SyntaxError) as error:
        return str(error)
    return ""


def _nginx(path: Path) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        return _says("nginx", "-t", "-q", "-p", scratch, "-c", str(path.resolve()))


def _compose(path: Path) -> str:
    return _says("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(path))


def _hcl(path: Path) -> str:
    import hcl2

    try:
        with path.open(encoding="utf-8") as file:
            hcl2.load(file)
    except Exception as error:  # noqa: BLE001 - whatever its parser raises is what is wrong
        return f"{type(error).__name__}: {error}"
    return ""


def _helm(path: Path) -> str:
    """Lint the chart that a Chart.yaml is of."""
    if program("helm"):
        return _says("helm", "lint", "--strict", str(path.parent))
    import helm_python

    done = helm_python.lint(str(path.parent), strict=True)
    worst = [m for m in done["messages"] if m["severity"] >= WARNING]
    return "\n".join([f"{m['path']}: {m['error']}" for m in worst] or map(str, done["errors"]))


def _units(path: Path) -> str:
    """Verify the units of a folder together, with a command that exists where ours does not."""
    with tempfile.TemporaryDirectory() as scratch:
        for unit in path.parent.iterdir():
            if unit.suffix in (".service", ".socket", ".timer"):
                text = unit.read_text("utf-8")
                if not Path(OUR_COMMAND).exists():
                    text = text.replace(OUR_COMMAND, "/bin/true")
                Path(scratch, unit.name).write_text(text, "utf-8")
        said = _says("systemd-analyze", "verify", "--man=no", str(Path(scratch, path.name)))
    return said.replace(scratch + "/", "")


LINTERS: Final = (
    Linter(
        name="parser",
        takes=_named("*.json", "*.toml", "*.py"),
        run=_parsed,
        missing=lambda: "",
    ),
    Linter(
        name="yamllint",
        takes=_is_yaml,
        run=_command("yamllint", "--strict", "-d", YAMLLINT),
        missing=_absent("yamllint"),
    ),
    Linter(
        name="hadolint",
        takes=_named("*Dockerfile"),
        run=_command("hadolint", "--no-color"),
        missing=_absent("hadolint"),
    ),
    Linter(
        name="docker compose config",
        takes=_named("compose.yaml", "docker-compose*.yml"),
        run=lambda path: _says(
            "docker", "compose", "-f", str(path), "config", "-q", "--no-interpolate"
        ),
        missing=_no_compose,
    ),
    Linter(
        name="compose schema",
        takes=_named("compose.yaml", "docker-compose*.yml"),
        run=_compose,
        missing=_absent("check-jsonschema"),
    ),
    Linter(
        name="kubeconform",
        takes=_is_manifest,
        run=_command("kubeconform", "-strict"),
        missing=_absent("kubeconform"),
    ),
    Linter(
        name="kubernetes-validate",
        takes=_is_manifest,
        run=_command("kubernetes-validate", "--strict"),
        missing=_absent("kubernetes-validate"),
    ),
    Linter(
        name="helm lint",
        takes=_named("Chart.yaml"),
        run=_helm,
        missing=lambda: "" if program("helm") else _no_package("helm_python", "helm-python-sdk")(),
    ),
    Linter(
        name="terraform fmt",
        takes=_named("*.tf", "*.tftest.hcl"),
        run=_command("terraform", "fmt", "-check", "-diff"),
        missing=_absent("terraform"),
    ),
    Linter(
        name="hcl2",
        takes=_named("*.tf", "*.tftest.hcl"),
        run=_hcl,
        missing=_no_package("hcl2", "python-hcl2"),
    ),
    Linter(
        name="systemd-analyze verify",
        takes=_named("*.service", "*.socket", "*.timer"),
        run=_units,
        missing=_absent("systemd-analyze"),
    ),
    Linter(name="nginx -t", takes=_named("nginx.conf"), run=_nginx, missing=_absent("nginx")),
    Linter(
        name="haproxy -c",
        takes=_named("haproxy.cfg"),
        run=_command("haproxy", "-c", "-f"),
        missing=_absent("haproxy"),
    ),
    Linter(
        name="caddy validate",
        takes=_named("Caddyfile"),
        run=_command("caddy", "validate", "--adapter", "caddyfile", "--config"),
        missing=_absent("caddy"),
    ),
    Linter(
        name="promtool check config",
        takes=lambda path, _: path.name == "prometheus.yml" and path.parent.name != "datasources",
        run=_command("promtool", "check", "config", "--syntax-only"),
        missing=_absent("promtool"),
    ),
    Linter(
        name="promtool check rules",
        takes=_named("alerts.yml"),
        run=_command("promtool", "check", "rules"),
        missing=_absent("promtool"),
    ),
    Linter(
        name="otelcol validate",
        takes=_named("otel-collector.yaml"),
        run=_command("otelcol", "validate", "--config"),
        missing=_absent("otelcol"),
    ),
)
