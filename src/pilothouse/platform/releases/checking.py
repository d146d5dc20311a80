"""What a release may be: whether its names lead somewhere, and whether it is in another's way."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Protocol

from pilothouse.platform.alerts import channel_records
from pilothouse.platform.errors import BadRequest, Conflict
from pilothouse.platform.records import Session
from pilothouse.platform.releases.models import (
    AT_WORK,
    ArmConfig,
    Config,
    Json,
    Kind,
    PromptRef,
    Release,
)


class Names(Protocol):
    """What the gateway can be asked for."""

    def known(self) -> list[str]:
        """Names of routes and models."""
        ...

    def leads_somewhere(self, name: str) -> bool:
        """Whether a name is of a route or a model."""
        ...


class Prompts(Protocol):
    """What is needed of the registry of prompts."""

    def text_of(self, name: str, version: str) -> tuple[str | None, str]:
        """The text for the system message, None where variables are to be filled; the version."""
        ...


class Checks:
    """Checks the settings of releases."""

    def __init__(self, names: Callable[[], Names], prompts: Prompts) -> None:
        self._names = names
        self._prompts = prompts

    def config(self, kind: Kind, config: Config) -> Config:
        """The settings, if such a release can be. Raises BadRequest, NotFound."""
        if kind == "ab":
            _check_split(config)
        else:
            _check_challenger(kind, config)
        if config.label is not None:
            self._check_label(config)
        self._check_names(config)
        return self._pinned(config)

    def _pinned(self, config: Config) -> Config:
        """The settings with numbers for versions: a label that moves would mix two prompts."""

        def pinned(arm: ArmConfig) -> dict[str, PromptRef]:
            if arm.prompt is None:
                return {}
            _, number = self._prompts.text_of(arm.prompt.name, arm.prompt.version)
            return {"prompt": PromptRef(name=arm.prompt.name, version=number)}

        arms = [arm.model_copy(update=pinned(arm)) for arm in config.arms]
        challenger = config.challenger
        if challenger is not None:
            challenger = challenger.model_copy(update=pinned(challenger))
        return config.model_copy(update={"arms": arms, "challenger": challenger})

    def _check_label(self, config: Config) -> None:
        label, challenger = config.label, config.challenger
        assert label is not None
        if challenger is None or challenger.prompt is None or challenger.prompt.name != label.name:
            raise BadRequest(
                f"the challenger must be a version of prompt {label.name!r}", field_of("challenger")
            )
        self._prompts.text_of(label.name, label.version)

    def _check_names(self, config: Config) -> None:
        names = self._names()
        for name in (config.route, *(arm.model for arm in _arms(config) if arm.model)):
            if not names.leads_somewhere(name):
                near = difflib.get_close_matches(name, names.known(), n=1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise BadRequest(
                    f"the gateway has no route or model {name!r}{hint}", field_of("route")
                )


def _check_split(config: Config) -> None:
    if len(config.arms) < 2 or not any(arm.weight > 0 for arm in config.arms):
        raise BadRequest("an A/B split needs two arms, and one with a weight", field_of("arms"))
    if config.challenger is not None or config.shadow is not None or config.label is not None:
        raise BadRequest("an A/B split has arms, no challenger, no shadow and no label")


def _check_challenger(kind: Kind, config: Config) -> None:
    if config.challenger is None or config.arms:
        raise BadRequest("say the challenger, and no arms", field_of("challenger"))
    if config.shadow is not None and not config.challenger.model:
        raise BadRequest("a shadow needs the model that it asks", field_of("challenger.model"))
    if kind == "staged":
        if not config.ramp:
            raise BadRequest("say the shares of the challenger: ramp", field_of("ramp"))
        return
    if config.shadow is None:
        raise BadRequest("say how much is mirrored: shadow.share", field_of("shadow"))
    if config.label is not None:
        raise BadRequest("a shadow promotes nothing: leave label out", field_of("label"))


def check_free(made: Release, others: Iterable[Release]) -> None:
    """Raise Conflict where another release is at work on the same traffic."""
    for other in others:
        if other.status not in AT_WORK or other.config.route != made.config.route:
            continue
        # A shadow may follow a split, but two of a kind would each count the other's calls.
        if made.kind == other.kind or "staged" in (other.kind, made.kind):
            raise Conflict(
                f"release {other.name!r} is at work on {made.config.route!r}: end it first",
                {"release": other.name},
            )


def check_fixed(found: Release, wanted: Config) -> None:
    """Raise BadRequest for a change after which figures would be of something else."""
    for field in ("route", "unit", "header", "label", "challenger"):
        if getattr(found.config, field) != getattr(wanted, field):
            raise BadRequest(f"{field} of a release stays: make another one", field_of(field))
    before, after = ([arm.name for arm in each.arms] for each in (found.config, wanted))
    if before != after:
        told = "the arms of a release stay: only their weights change"
        raise BadRequest(told, field_of("arms"))
    stages = (found.config.ramp, found.config.shadow)
    if found.kind == "staged" and stages != (wanted.ramp, wanted.shadow):
        raise BadRequest("the stages of a release stay: make another one", field_of("ramp"))


def check_channels(session: Session, channels: list[str]) -> None:
    """Raise BadRequest for a channel that is not there."""
    unknown = set(channels) - channel_records.known(session, channels)
    if unknown:
        raise BadRequest(f"there is no channel {min(unknown)!r}", field_of("channels"))


def field_of(name: str) -> Json:
    """Where a mistake is."""
    return {"field": name}


def _arms(config: Config) -> list[ArmConfig]:
    return [*config.arms, *([config.challenger] if config.challenger is not None else [])]
