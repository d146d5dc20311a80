"""From releases in force to what calls of the gateway go by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from pilothouse.gateway.models import NANO
from pilothouse.gateway.trials import Arm, Mirror, Trial, Trials
from pilothouse.platform.releases.models import (
    CHALLENGER,
    CHAMPION,
    ArmConfig,
    PromptRef,
    Release,
)
from pilothouse.platform.releases.promoting import promoted_arm

TextOf = Callable[[PromptRef], tuple[str | None, str]]
"""The system text of a version, None where it has variables to fill; and the version's number."""


def trials_of(releases: Sequence[Release], text_of: TextOf) -> dict[str, Trials]:
    """By route: what goes on there. Releases come the oldest first: the last promoted one holds."""
    bases: dict[str, Arm] = {}
    for release in releases:
        if release.status == "promoted" and (promoted := _promoted(release)) is not None:
            bases[release.config.route] = _arm(promoted, text_of)
    splits: dict[str, Trial] = {}
    mirrors: dict[str, Mirror] = {}
    for release in releases:
        if release.status == "promoted":
            continue
        route = release.config.route
        if release.is_shadow:
            if release.status == "running":
                mirrors[route] = _mirror(release, text_of)
        else:
            splits[route] = _split(release, bases.get(route), text_of)
    return {
        route: Trials(base=bases.get(route), split=splits.get(route), mirror=mirrors.get(route))
        for route in {*bases, *splits, *mirrors}
    }


def _promoted(release: Release) -> ArmConfig | None:
    """The arm that everybody gets by the release; None where its route or label says so itself."""
    return None if (release.before or {}).get("done") else promoted_arm(release)


def _split(release: Release, base: Arm | None, text_of: TextOf) -> Trial:
    config = release.config
    if release.kind == "ab":
        arms = tuple(_arm(arm, text_of) for arm in config.arms)
    else:
        assert config.challenger is not None
        given = _arm(config.challenger, text_of)
        share = release.share
        arms = (
            _renamed(base or Arm(name=CHAMPION), CHAMPION, 1 - share),
            _renamed(given, CHALLENGER, share),
        )
    return Trial(
        name=release.name,
        arms=arms,
        unit=config.unit,
        header=config.header,
        salt=release.salt,
        holdout=config.holdout,
        excluded=tuple(config.exclude),
        step=release.step,
        rescues=config.rescue and release.kind == "staged",
        starts_at=config.starts_at,
        ends_at=config.ends_at,
    )


def _mirror(release: Release, text_of: TextOf) -> Mirror:
    config = release.config
    shadow = config.shadow
    assert shadow is not None
    assert config.challenger is not None
    budget = shadow.budget_usd
    return Mirror(
        name=release.name,
        arm=_arm(config.challenger, text_of),
        share=shadow.share,
        salt=release.salt,
        step=release.step,
        most_at_once=shadow.max_parallel,
        timeout_s=shadow.timeout,
        budget_nano=None if budget is None else round(budget * NANO),
        compare=tuple(shadow.compare),
    )


def _arm(config: ArmConfig, text_of: TextOf) -> Arm:
    system, prompt = config.system, None
    if config.prompt is not None:
        system, version = text_of(config.prompt)
        prompt = (config.prompt.name, version)
    return Arm(
        name=config.name,
        weight=config.weight,
        model=config.model,
        system=system,
        prompt=prompt,
        parameters=dict(config.parameters),
    )


def _renamed(arm: Arm, name: str, weight: float) -> Arm:
    return replace(arm, name=name, weight=weight)
