"""What a promotion changes for good, and how a roll-back puts it back.

A release that is promoted holds from that moment on, by what calls of the gateway go by. Where its
route or label can say so itself, that is written there afterwards, so that the release is needed no
more; a server that dies between finds it undone and does it at its next look.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from pilothouse.platform.errors import ApiError
from pilothouse.platform.releases.models import SYSTEM, ArmConfig, Json, Release
from pilothouse.platform.releases.prompts import RegistryPrompts

log = logging.getLogger("pilothouse.releases")


class Routes(Protocol):
    """The routes that can be written."""

    def written(self, name: str) -> Json | None:
        """A route as it was written over REST; None for one of the file or of a provider."""
        ...

    def targets_of(self, name: str) -> list[Json]:
        """What a name leads to, as targets of a route; [] where that cannot be written down."""
        ...

    def write(self, name: str, route: Json) -> None: ...


def is_unsettled(release: Release) -> bool:
    """Whether something is to be written, or put back."""
    before = release.before
    if before is None:
        return False
    if release.status == "promoted":
        return not before.get("settled")
    return bool(before.get("settled")) and not before.get("restored")


class Promotions:
    """Writes promotions down and takes them back; not on the event loop."""

    def __init__(
        self,
        routes: Callable[[], Routes],
        prompts: RegistryPrompts,
        settled: Callable[[Release, Json], None],
    ) -> None:
        self._routes = routes
        self._prompts = prompts
        self._settled = settled

    def settle(self, release: Release) -> None:
        """Do what is left to do."""
        try:
            if release.status == "promoted":
                self._write(release)
            else:
                self._restore(release)
        except ApiError as error:
            log.warning("release %r: %s", release.name, error.message)
            what = "settled" if release.status == "promoted" else "restored"
            self._settled(release, {**(release.before or {}), what: True, "error": error.message})

    def _write(self, release: Release) -> None:
        before: Json = dict(release.before or {})
        arm = promoted_arm(release)
        if release.config.label is not None and arm is not None and arm.prompt is not None:
            label = release.config.label
            if "label" not in before:  # noted first: a kill must not take what was before along
                before["label"] = self._prompts.version_at(label.name, label.version)
                before["version"] = self._prompts.text_of(arm.prompt.name, arm.prompt.version)[1]
                self._settled(release, before)
            self._prompts.point(label.name, label.version, before["version"], by=release.name)
            before["done"] = not arm.model and not arm.parameters
        elif arm is not None and _is_only_model(arm):
            before |= self._rewritten(release, arm, before)
        self._settled(release, {**before, "settled": True})

    def _rewritten(self, release: Release, arm: ArmConfig, before: Json) -> Json:
        routes, name = self._routes(), release.config.route
        written, targets = routes.written(name), routes.targets_of(arm.model)
        if written is None or not targets:
            return {}  # the release itself goes on saying so
        if "route" not in before:
            self._settled(release, {**before, "route": written})
        was = before.get("route", written)
        routes.write(name, {**was, "targets": targets})
        return {"route": was, "after": routes.written(name), "done": True}

    def _restore(self, release: Release) -> None:
        before: Json = {**(release.before or {}), "restored": True}
        routes, name = self._routes(), release.config.route
        if "after" in before:
            if routes.written(name) == before["after"]:
                routes.write(name, before["route"])
            else:
                before["error"] = "the route was changed meanwhile: it was left as it is"
        label = release.config.label
        if label is not None and "label" in before:
            if self._prompts.version_at(label.name, label.version) == before["version"]:
                self._prompts.point(label.name, label.version, before["label"], by=SYSTEM)
            else:
                before["error"] = "the label was moved meanwhile: it was left as it is"
        self._settled(release, before)


def promoted_arm(release: Release) -> ArmConfig | None:
    """The arm that everybody gets by a promotion."""
    if release.kind == "staged":
        return release.config.challenger
    wanted = (release.before or {}).get("arm")
    return next((arm for arm in release.config.arms if arm.name == wanted), None)


def _is_only_model(arm: ArmConfig) -> bool:
    return bool(arm.model) and arm.system is None and arm.prompt is None and not arm.parameters
