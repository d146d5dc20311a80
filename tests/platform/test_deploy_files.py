"""The files in deploy/ are well formed and agree with the server's settings."""

from __future__ import annotations

import configparser
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from pilothouse.platform.settings import PREFIX, Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = ("docker-compose.yml", "docker-compose.clickhouse.yml")
KNOWN = {PREFIX + field.name.upper() for field in fields(Settings)}


def services(name: str) -> dict[str, Any]:
    """The services of a compose file."""
    parsed: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text("utf-8"))
    mounted = {
        v.partition(":")[0] for s in parsed["services"].values() for v in s.get("volumes", ())
    }
    files = {path for path in mounted if path.startswith(".")}
    assert all((DEPLOY / path).exists() for path in files)
    assert mounted - files == set(parsed["volumes"])
    return dict(parsed["services"])


@pytest.mark.parametrize("name", COMPOSE)
def test_a_compose_file_sets_only_what_the_server_knows(name: str) -> None:
    server = services(name)["pilothouse"]

    assert set(server["environment"]) <= KNOWN
    assert (DEPLOY / server["build"]["context"] / server["build"]["dockerfile"]).is_file()


def test_the_stores_are_healthy_before_the_server_starts() -> None:
    found = services("docker-compose.clickhouse.yml")

    for name, wanted in found["pilothouse"]["depends_on"].items():
        assert wanted == {"condition": "service_healthy"}
        assert found[name]["healthcheck"]["test"]


def test_the_image_sets_only_what_the_server_knows_and_is_not_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")

    assert set(re.findall(rf"\b({PREFIX}[A-Z_]+)=", text)) <= KNOWN
    copied = [
        p
        for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE)
        for p in line.split()[:-1]
    ]
    assert all((DEPLOY.parent / path).exists() for path in copied)
    assert text.index("USER pilothouse") < text.index('CMD ["pilothouse"')


def test_the_systemd_unit_can_be_read() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str

    unit.read(DEPLOY / "pilothouse.service")

    assert unit["Service"]["ExecStart"].endswith("pilothouse up")
    assert int(unit["Service"]["TimeoutStopSec"]) > 30
