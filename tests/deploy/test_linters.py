"""Each generated file passes the tool of its kind, and each tool finds a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from command_line import environment, run_command
from deploy.renderings import PAIRS, written
from pilothouse.deploy import check

INSTALLED_BY_US = {
    *("yamllint", "hadolint", "compose schema", "kubernetes-validate", "helm lint"),
    *("hcl2", "systemd-analyze verify", "nginx -t", "haproxy -c", "caddy validate"),
}
"""By the extra dev and .ci/system; others are asked where the machine has them."""

MISTAKES = {
    # target, file, what stands in it, what stands there instead, who says so
    "an unknown field of Kubernetes": (
        "k8s",
        "pilothouse.yaml",
        "terminationGracePeriodSeconds",
        "terminationGraceSeconds",
        "kubernetes-validate",
    ),
    "a number that is a word": (
        "k8s",
        "shop-app.yaml",
        "maxReplicas: 20",
        "maxReplicas: many",
        "kubernetes-validate",
    ),
    "an unknown key of compose": (
        "compose",
        "compose.yaml",
        "stop_grace_period",
        "stop_grace",
        "compose schema",
    ),
    "indentation": (
        "compose",
        "prometheus.yml",
        "  scrape_interval",
        "scrape_interval",
        "yamllint",
    ),
    "a user that is root": (
        "docker",
        "pilothouse.Dockerfile",
        "USER 10001:10001",
        "USER root",
        "hadolint",
    ),
    "an image without a version": (
        "docker",
        "shop-app.Dockerfile",
        "FROM python:3.12.12-slim-bookworm\n",
        "FROM python\n",
        "hadolint",
    ),
    "a template that does not end": (
        "helm",
        "templates/ingress.yaml",
        "{{- if .Values.ingress.enabled }}",
        "{{- if .Values.ingress.enabled",
        "helm lint",
    ),
    "a value that the schema refuses": (
        "helm",
        "values.yaml",
        "readTimeout: 900",
        "readTimeout: 60",
        "helm lint",
    ),
    "HCL that does not end": (
        "terraform",
        "aws/main.tf",
        'resource "aws_ecs_cluster" "this" {',
        "resource {{",
        "hcl2",
    ),
    "a line that systemd does not know": (
        "systemd",
        "pilothouse.service",
        "WatchdogSec=30",
        "WatchdogSeconds=30",
        "systemd-analyze verify",
    ),
    "a directive that nginx does not know": (
        "proxy",
        "nginx.conf",
        "proxy_buffering off;",
        "proxy_bufering off;",
        "nginx -t",
    ),
    "a keyword that HAProxy does not know": (
        "proxy",
        "haproxy.cfg",
        "timeout tunnel 1h",
        "timeout tunel 1h",
        "haproxy -c",
    ),
    "a directive that Caddy does not know": (
        "proxy",
        "Caddyfile",
        "flush_interval -1",
        "flush -1",
        "caddy validate",
    ),
    "TOML that does not end": ("fly", "pilothouse.fly.toml", "[env]", "[env", "parser"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("target", "name"), PAIRS)
def test_what_is_made_passes_its_linters(target: str, name: str, tmp_path: Path) -> None:
    folder = written(target, name, tmp_path)
    findings = check(folder)

    assert [f for f in findings if f.verdict == "bad"] == []
    unasked = {f.tool for f in findings if f.verdict == "not checked"}
    assert unasked & INSTALLED_BY_US == set()


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_linter_finds(mistake: str, tmp_path: Path) -> None:
    target, name, good, bad, tool = MISTAKES[mistake]
    folder = written(target, "everything", tmp_path)
    path = folder / name.replace("pilothouse", "shop")
    text = path.read_text("utf-8")
    assert good in text
    path.write_text(text.replace(good, bad), "utf-8")
    for other in folder.rglob("*"):  # the others are good, and take their time
        if other.is_file() and other != path and target != "helm":
            other.unlink()

    found = [f for f in check(folder) if f.verdict == "bad"]

    assert tool in {f.tool for f in found}
    assert all(f.says for f in found)


@pytest.mark.slow
def test_the_command_exits_by_1_for_a_mistake_and_names_what_was_not_asked(
    tmp_path: Path,
) -> None:
    folder = written("proxy", "platform", tmp_path)
    environ = environment(PATH="/nowhere")

    good = run_command(["deploy", "check", str(folder)], "", environment())
    blind = run_command(["deploy", "check", str(folder), "--json"], "", environ)
    (folder / "haproxy.cfg").write_text("nonsense\n")
    bad = run_command(["deploy", "check", str(folder)], "", environment())

    assert good.returncode == blind.returncode == 0
    assert "nginx -t" in good.stdout
    assert "not checked" not in good.stdout
    assert bad.returncode == 1
    assert "unknown keyword 'nonsense'" in bad.stderr


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_without_files_is_one_line(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    done = run_command(["deploy", "check", str(tmp_path / folder)], "", environment())

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert folder in done.stderr
