"""What stands in the files that `pilothouse deploy init` writes."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import hcl2
import helm_python
import pytest
import yaml
from typer.main import get_command

from command_line import environment, run_command
from deploy.renderings import PAIRS, SETS, values, written
from pilothouse.deploy import DeployError, files_of, next_steps, values_of, write
from pilothouse.detectors import DETECTORS
from pilothouse.draining import KEEP_ALIVE_S
from pilothouse.platform.settings import PREFIX, Settings

HOSTILE = ["a\nb: c", "{{ x }}", "$(id)", "a b", "a'b", 'a"b', "-x", "", "é", "a" * 300, "../a"]
KNOWN = {PREFIX + field.name.upper() for field in dataclasses.fields(Settings)}
SCREEN_LINES = 24
MINUTE_S = 60


def objects(name: str) -> dict[tuple[str, str], Any]:
    """The objects of Kubernetes's files, by kind and name."""
    found = files_of("k8s", values(name))
    texts = [
        text
        for path, text in found.items()
        if path.endswith(".yaml") and path not in ("kustomization.yaml", "custom-metrics.yaml")
    ]
    parsed = [each for text in texts for each in yaml.safe_load_all(text)]
    return by_name(parsed)


def by_name(parsed: list[Any]) -> dict[tuple[str, str], Any]:
    """Objects by kind and name; the order of variables says nothing."""
    for each in parsed:
        pod = each.get("spec", {}).get("template", {}).get("spec", {})
        for container in pod.get("containers", ()):
            container.get("env", []).sort(key=lambda variable: str(variable["name"]))
    return {(each["kind"], each["metadata"]["name"]): each for each in parsed}


def of_helm(folder: Path, given: dict[str, Any] | None = None) -> dict[tuple[str, str], Any]:
    """The same of a chart, as Helm fills it."""
    with helm_python.Chart.load(str(folder)) as chart:
        texts = chart.render(given or {}, name="x", namespace="default")
    parsed = [
        each
        for name, text in texts.items()
        if name.endswith(".yaml")
        for each in yaml.safe_load_all(text)
    ]
    return by_name([each for each in parsed if each])


def pods(name: str) -> Iterator[Any]:
    for (kind, _), each in objects(name).items():
        if kind in ("Deployment", "StatefulSet"):
            yield each


# --- values ---


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("which", ["name", "host", "tag", "registry", "app", "search", "upstreams"])
def test_a_value_that_could_be_more_than_itself_is_refused(which: str, text: str) -> None:
    given: Any = (text,) if which == "upstreams" else text
    if (which, text) in {("registry", ""), ("search", "-x")}:
        return  # none, and a folder that is called so

    with pytest.raises(DeployError, match="cannot be used"):
        values_of(**{which: given})


@pytest.mark.parametrize(
    "words",
    [
        ["--target", "docker", "--port", "80"],
        ["--target", "docker", "--port", "8000"],
        ["--target", "docker", "--most", "0"],
        ["--target", "docker", "--app", "my_app"],
        ["--target", "nomad"],
        ["--target", "modal"],
        ["--target", "ray", "--platform"],
        ["--target", "k8s", "--stores", "files"],
        [],
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(words: list[str], tmp_path: Path) -> None:
    out = tmp_path / "out"

    done = run_command(["deploy", "init", *words, "--out", str(out)], "", environment())

    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert not out.exists()


# --- writing ---


def test_a_second_run_changes_nothing_and_what_was_changed_is_kept(tmp_path: Path) -> None:
    files = files_of("systemd", values("everything"))

    first = write(files, tmp_path)
    again = write(files, tmp_path)
    (tmp_path / "nginx.conf").write_text("mine\n")
    (tmp_path / "Caddyfile").unlink()
    with pytest.raises(DeployError, match=r"already other nginx.conf; .*--force"):
        write(files, tmp_path)
    after = (tmp_path / "nginx.conf").read_text(), (tmp_path / "Caddyfile").exists()
    forced = write(files, tmp_path, force=True)

    assert first.new == tuple(files)
    assert again.same == tuple(files)
    assert after == ("mine\n", False)
    assert forced.replaced == ("nginx.conf",)
    assert forced.new == ("Caddyfile",)
    assert (tmp_path / "nginx.conf").read_text() == files["nginx.conf"]


def test_a_link_does_not_lead_a_file_elsewhere(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    (out / "grafana").parent.mkdir()
    elsewhere.mkdir()
    (out / "grafana").symlink_to(elsewhere)

    with pytest.raises(DeployError, match="leads out"):
        write(files_of("compose", values("platform")), out, force=True)

    assert list(elsewhere.iterdir()) == []


@pytest.mark.slow
def test_the_command_writes_and_says_what_to_do_next(tmp_path: Path) -> None:
    words = ["deploy", "init", "--target", "compose", "--app", "my_app:answer"]
    out = tmp_path / "out"

    done = run_command([*words, "--out", str(out)], "", environment())
    again = run_command([*words, "--out", str(out)], "", environment())

    assert done.returncode == again.returncode == 0
    assert {Path(line) for line in done.stdout.splitlines()} == {
        path for path in out.rglob("*") if path.is_file()
    }
    assert again.stdout == ""
    assert "docker compose up" in done.stderr


@pytest.mark.parametrize(("target", "name"), PAIRS)
def test_what_to_do_next_fits_on_a_screen(target: str, name: str) -> None:
    text = next_steps(target, values(name), out="deploy-here")

    assert 1 < text.count("\n") <= SCREEN_LINES
    assert "pilothouse deploy check deploy-here" in text


# --- what holds for all of them ---


@pytest.mark.parametrize(("target", "name"), PAIRS)
def test_no_secret_stands_in_a_file_and_every_version_is_pinned(target: str, name: str) -> None:
    text = "\n".join(files_of(target, values(name)).values())

    kinds = ("secrets", "bearer_tokens", "jwts", "private_keys")
    literal = re.sub(r"\$\{[^}]*\}", "", text)  # a reference is no secret
    assert [found for kind in kinds for found in DETECTORS[kind].find(literal)] == []
    images = re.findall(r"(?:FROM|image:|--from=)\s*\"?([a-z][\w.:/-]*)", text)
    stages = {"build"}
    assert [
        i for i in set(images) - stages if ":" not in i.rpartition("/")[2] or i.endswith(":latest")
    ] == []


@pytest.mark.parametrize("name", SETS)
def test_what_is_run_is_a_command_with_its_options_and_known_settings(name: str) -> None:
    for service in values(name).services:
        words = list(service.command[1:])
        command = get_command(import_module(f"pilothouse.cli.{words[0]}").app)
        rest = words[1:]
        if subcommands := getattr(command, "commands", None):
            command, rest = subcommands[rest[0]], rest[1:]
        command.make_context("x", rest)

        if service.kind == "platform":
            assert set(service.env) | set(service.secret_env) <= KNOWN


# --- Kubernetes ---


@pytest.mark.parametrize("name", SETS)
def test_pods_are_nobody_read_only_probed_and_bounded(name: str) -> None:
    for each in pods(name):
        spec = each["spec"]["template"]["spec"]
        [container] = spec["containers"]
        assert spec["securityContext"]["runAsUser"] == 10001
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["terminationGracePeriodSeconds"] == MINUTE_S
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert not container["securityContext"]["allowPrivilegeEscalation"]
        paths = {kind: container[kind]["httpGet"]["path"] for kind in container if "Probe" in kind}
        assert paths == {
            "startupProbe": "/healthz",
            "readinessProbe": "/readyz",
            "livenessProbe": "/healthz",
        }
        assert set(container["resources"]) == {"requests", "limits"}
        mounted = {mount["name"] for mount in container["volumeMounts"]}
        claims = {c["metadata"]["name"] for c in each["spec"].get("volumeClaimTemplates", ())}
        assert mounted == {volume["name"] for volume in spec["volumes"]} | claims


@pytest.mark.parametrize("name", SETS)
def test_what_selects_finds_its_pods(name: str) -> None:
    found = objects(name)
    labels = {
        p["metadata"]["name"]: p["spec"]["template"]["metadata"]["labels"] for p in pods(name)
    }

    for (kind, at), each in found.items():
        if kind in ("Service", "PodDisruptionBudget", "NetworkPolicy"):
            selector = each["spec"].get("selector") or each["spec"]["podSelector"]
            selector = selector.get("matchLabels", selector)
            assert selector.items() <= labels[at].items(), (kind, at)
        elif kind == "HorizontalPodAutoscaler":
            target = each["spec"]["scaleTargetRef"]
            assert (target["kind"], target["name"]) in found
            assert each["spec"]["behavior"]["scaleDown"]["stabilizationWindowSeconds"] == 300
    for rule in found["Ingress", SETS[name].get("name", "pilothouse")]["spec"]["rules"]:
        [path] = rule["http"]["paths"]
        service = found["Service", path["backend"]["service"]["name"]]
        assert path["backend"]["service"]["port"]["name"] in {
            port["name"] for port in service["spec"]["ports"]
        }


def test_the_way_in_neither_buffers_nor_ends_streams_nor_asks_twice() -> None:
    ingress = objects("everything")["Ingress", "shop"]
    prefix = "nginx.ingress.kubernetes.io/proxy-"
    said = {k.removeprefix(prefix): v for k, v in ingress["metadata"]["annotations"].items()}

    assert said["buffering"] == "off"
    assert int(said["read-timeout"]) >= 900
    assert said["next-upstream"] == "error"


def test_stores_in_the_process_mean_one_process_and_servers_for_them_several() -> None:
    alone, several = objects("platform"), objects("everything")

    assert alone["StatefulSet", "pilothouse"]["spec"]["replicas"] == 1
    assert ("HorizontalPodAutoscaler", "pilothouse") not in alone
    assert several["HorizontalPodAutoscaler", "shop"]["spec"]["minReplicas"] == 2
    environ = several["StatefulSet", "shop"]["spec"]["template"]["spec"]["containers"][0]["env"]
    assert {each["name"] for each in environ} == {
        *("PILOTHOUSE_SECRET_KEY", "PILOTHOUSE_STORE", "PILOTHOUSE_DATABASE")
    }


@pytest.mark.parametrize("name", SETS)
def test_the_chart_gives_the_same_objects_as_the_plain_files(name: str, tmp_path: Path) -> None:
    folder = written("helm", name, tmp_path)

    filled = of_helm(folder, {"serviceMonitor": {"enabled": True}})

    assert filled == objects(name)


def test_a_service_of_the_chart_can_be_left_out(tmp_path: Path) -> None:
    folder = written("helm", "everything", tmp_path)

    filled = of_helm(folder, {"services": {"shop-search": {"enabled": False}}})

    assert [key for key in filled if key[1] == "shop-search"] == []
    assert len(filled["Ingress", "shop"]["spec"]["rules"]) == 2


# --- compose ---


@pytest.mark.parametrize("name", SETS)
def test_services_of_compose_are_nobody_read_only_checked_and_bounded(name: str) -> None:
    files = files_of("compose", values(name))
    compose = yaml.safe_load(files["compose.yaml"])
    example = {line.partition("=")[0] for line in files[".env.example"].splitlines()}

    for service in values(name).services:
        made = compose["services"][service.name]
        assert (made["read_only"], made["user"], made["stop_grace_period"]) == (
            True,
            "10001:10001",
            "60s",
        )
        assert f":{service.port}/readyz" in made["healthcheck"]["test"][-1]
        assert made["deploy"]["resources"]["limits"]["memory"]
        assert made["build"]["dockerfile"].rpartition("/")[2] in files
        assert all(port.startswith("${BIND:-127.0.0.1}:") for port in made["ports"])
    used = {each["source"] for s in compose["services"].values() for each in s.get("secrets", ())}
    assert used == set(compose["secrets"])
    kept = {
        volume.partition(":")[0]
        for s in compose["services"].values()
        for volume in s.get("volumes", ())
        if isinstance(volume, str) and volume[0] not in "./$"
    }
    assert kept == set(compose["volumes"])
    mounted = re.findall(r"\./([\w./-]+):/", files["compose.yaml"])
    assert all(any(f == m or f.startswith(m + "/") for f in files) for m in mounted)
    asked = set(re.findall(r"\$\{(\w+)", files["compose.yaml"]))
    assert asked <= example


# --- the rest ---


def test_proxies_close_idle_connections_before_servers_do() -> None:
    files = files_of("proxy", values("everything"))

    kept = [
        *re.findall(r"keepalive_timeout (\d+)s;", files["nginx.conf"]),
        *re.findall(r"keepalive (\d+)s", files["Caddyfile"]),
    ]

    assert len(kept) == 2
    assert max(map(int, kept)) < KEEP_ALIVE_S


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
@pytest.mark.parametrize("name", SETS)
def test_variables_of_terraform_are_declared_checked_and_used(name: str, cloud: str) -> None:
    files = files_of("terraform", values(name))
    texts = {p: t for p, t in files.items() if p.startswith(f"{cloud}/") and p.endswith(".tf")}
    whole = "\n".join(texts.values())
    declared = {
        key.strip('"'): block
        for each in hcl2.loads(texts[f"{cloud}/variables.tf"])["variable"]
        for key, block in each.items()
    }

    used = set(re.findall(r"\bvar\.(\w+)", whole))
    outside = "\n".join(t for p, t in texts.items() if not p.endswith("/variables.tf"))
    assert used == set(declared)
    assert set(re.findall(r"\bvar\.(\w+)", outside)) == set(declared)
    assert [key for key, block in declared.items() if not block.get("validation")] == []
    assert [key for key, block in declared.items() if not block.get("description")] == []
    kinds = set(re.findall(r'^(?:resource|data) "(\w+)" "(\w+)"', whole, re.MULTILINE))
    asked = set(re.findall(r"\b((?:aws|google|azurerm)_\w+)\.(\w+)", whole))
    assert asked <= kinds
    assert set(re.findall(r"\blocal\.(\w+)", whole)) <= {"services", "secrets", "vault"}


def test_the_schema_of_the_chart_refuses_what_cannot_be() -> None:
    schema = json.loads(files_of("helm", values("platform"))["values.schema.json"])
    service = schema["definitions"]["service"]["properties"]

    assert schema["properties"]["ingress"]["properties"]["readTimeout"]["minimum"] == 900
    assert service["image"]["properties"]["tag"]["not"] == {"const": "latest"}


@pytest.mark.parametrize("name", SETS)
def test_units_of_systemd_notify_stop_in_a_minute_and_read_secrets_as_credentials(
    name: str,
) -> None:
    files = files_of("systemd", values(name))
    for service in values(name).services:
        unit = files[f"{service.name}.service"]
        assert "TimeoutStopSec=60" in unit
        assert "KillMode=mixed" in unit
        assert "DynamicUser=yes" in unit
        assert "ProtectSystem=strict" in unit
        assert "LoadCredential=" in unit
        start = shlex.split(re.search(r"^ExecStart=(.*)$", unit, re.MULTILINE)[1])  # type: ignore[index] # it is there
        words = start[1:]
        command = get_command(import_module(f"pilothouse.cli.{words[0]}").app)
        rest = words[1:]
        if subcommands := getattr(command, "commands", None):
            command, rest = subcommands[rest[0]], rest[1:]
        command.make_context("x", rest)
        assert "Type=notify" in unit
        if service.kind != "search":
            assert "--fd 3" in unit
            assert f"ListenStream=0.0.0.0:{service.port}\n" in files[f"{service.name}.socket"]


def test_images_are_built_from_the_projects_folder_wherever_the_files_lie(tmp_path: Path) -> None:
    for out in (tmp_path / "deploy", tmp_path / "infra/here", tmp_path):
        given = values_of(source=tmp_path, out=out)
        compose = yaml.safe_load(files_of("compose", given)["compose.yaml"])
        build = compose["services"]["pilothouse"]["build"]

        context = (out / build["context"]).resolve()
        assert context == tmp_path
        assert (context / build["dockerfile"]).resolve() == out / "pilothouse.Dockerfile"
    with pytest.raises(DeployError, match="letters, digits"):
        values_of(source=tmp_path, out=tmp_path / "a folder")


def test_an_apps_own_packages_are_installed_by_what_lies_beside_it(tmp_path: Path) -> None:
    def dockerfile() -> str:
        given = values_of(app="my_app:answer", source=tmp_path)
        return files_of("docker", given)["pilothouse-app.Dockerfile"]

    bare = dockerfile()
    (tmp_path / "requirements.txt").write_text("")
    listed = dockerfile()
    (tmp_path / "uv.lock").write_text("")
    locked = dockerfile()

    assert "requirements.txt" not in bare
    assert "uv pip install -r requirements.txt" in listed
    assert "uv sync --frozen" in locked


@pytest.mark.parametrize("name", ["platform", "everything"])
def test_no_other_service_becomes_a_setting_of_a_pod(name: str, tmp_path: Path) -> None:
    """Of a service `pilothouse` Kubernetes says PILOTHOUSE_SERVICE_HOST, which no setting is."""
    for found in (objects(name), of_helm(written("helm", name, tmp_path))):
        pods_of = [each for (kind, _), each in found.items() if kind != "CronJob"]
        jobs = [
            each["spec"]["jobTemplate"] for (kind, _), each in found.items() if kind == "CronJob"
        ]
        specs = [
            each["spec"]["template"]["spec"]
            for each in (*pods_of, *jobs)
            if "template" in each.get("spec", {})
        ]
        assert specs
        assert [spec.get("enableServiceLinks") for spec in specs] == [False] * len(specs)


def test_an_image_takes_no_state_of_terraform_and_no_journal_of_a_database() -> None:
    ignored = files_of("docker", values("an-app"))["a-app.Dockerfile.dockerignore"].splitlines()

    assert {"**/*.tfstate", "**/*.tfstate.*", "**/*.tfvars", "**/.terraform", "**/*.db-*"} <= set(
        ignored
    )
