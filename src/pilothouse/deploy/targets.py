"""The places that files are made for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

from pilothouse.deploy.errors import DeployError
from pilothouse.deploy.services import Kind

STATELESS: Final[frozenset[Kind]] = frozenset(("app", "search"))
"""What keeps nothing on a disk of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A place to deploy to."""

    sentence: str
    folders: tuple[str, ...]
    """Of templates; all of their files together are the target's."""
    kinds: frozenset[Kind] = frozenset(("platform", "app", "search"))
    """What it has a place for."""


TARGETS: Final[dict[str, Target]] = {
    "docker": Target(sentence="images", folders=("docker",)),
    "compose": Target(
        sentence="one machine with Docker, its stores and its monitoring",
        folders=("docker", "compose", "monitoring"),
    ),
    "k8s": Target(sentence="Kubernetes, by plain manifests", folders=("docker", "k8s")),
    "helm": Target(sentence="Kubernetes, by a Helm chart", folders=("docker", "helm")),
    "terraform": Target(
        sentence="AWS, Google Cloud or Azure, by Terraform", folders=("docker", "terraform")
    ),
    "systemd": Target(sentence="one machine with systemd", folders=("systemd", "proxy")),
    "proxy": Target(sentence="a reverse proxy in front", folders=("proxy",)),
    "fly": Target(sentence="Fly.io", folders=("docker", "fly")),
    "modal": Target(sentence="Modal", folders=("modal",), kinds=STATELESS),
    "ray": Target(sentence="Ray Serve, on a cluster or KubeRay", folders=("ray",), kinds=STATELESS),
}


def target_of(name: str) -> Target:
    """The target of a name; raises DeployError, which names the nearest."""
    if name in TARGETS:
        return TARGETS[name]
    near = difflib.get_close_matches(name, TARGETS, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(TARGETS)}"
    raise DeployError(f"there is no target {name!r}{hint}")
