"""Alert rules over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, status

from pilothouse.platform.alerts import channel_routes, schemas
from pilothouse.platform.alerts.models import AlertRule, Question
from pilothouse.platform.alerts.preview import MOST_EPISODES, Preview
from pilothouse.platform.alerts.service import check, no_rule
from pilothouse.platform.alerts.wiring import Parts
from pilothouse.platform.query.reach import Allowed, Author, Directory, Limit, Reach
from pilothouse.platform.records import micros_of, moment
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.store.orders import read_moment, write_cursor

_OF_QUESTION: Final = ("scope", "measure", "filter", "group_by", "limit", "window")


def router(alerts: Parts, projects: Directory, *, allowed: Allowed, author: Author) -> APIRouter:
    """The routes; keys of one project see its rules."""
    routes = ApiRouter(tags=["alerts"])
    scope = Reach(projects, allowed)
    shown = _Shown(alerts, scope)
    channel_routes.add_channels(routes, alerts.channels, author)
    channel_routes.add_maintenance(routes, alerts.rules, scope, author)
    _add_preview(routes, alerts, scope)
    _add_rules(routes, alerts, shown, author)
    _add_watching(routes, alerts, shown)
    return routes


class _Shown:
    """The rules that a request may see, and how they are shown."""

    def __init__(self, alerts: Parts, scope: Reach) -> None:
        self._alerts = alerts
        self.scope = scope

    def one(self, request: Request, rule_id: str) -> AlertRule:
        """A rule that the request may see. Raises NotFound."""
        rule = self._alerts.rules.get(rule_id)
        if not self.scope.sees(request, rule.project_id):
            raise no_rule(rule_id)
        return rule

    def every(self, rules: Sequence[AlertRule]) -> list[schemas.AlertRuleOut]:
        """Rules as the API shows them."""
        standings = self._alerts.rules.standings(rules)
        sent = self._alerts.rules.last_sent(rules)
        now = datetime.now(UTC)
        resting = {
            one.project_id for one in self._alerts.rules.maintenance() if one.schedule.holds(now)
        }
        named = [(rule, self.scope.name(rule.project_id)) for rule in rules]
        return [
            schemas.rule_out(
                rule,
                name,
                standings[rule.id],
                in_maintenance=rule.project_id in resting,
                last_notified_at=sent.get(rule.id),
            )
            for rule, name in named
            if name is not None
        ]

    def only(self, rule: AlertRule) -> schemas.AlertRuleOut:
        """A rule as the API shows it. Raises NotFound where its project is being deleted."""
        for found in self.every([rule]):
            return found
        raise no_rule(rule.id)

    async def asked(self, rule: AlertRule, project: str) -> None:
        """Ask once what the rule would ask each minute. Raises BadRequest where that fails."""
        check(rule)
        await self._alerts.evaluation.ask(rule, project, datetime.now(UTC))


def _add_rules(routes: APIRouter, alerts: Parts, shown: _Shown, author: Author) -> None:
    rules = alerts.rules

    @routes.get("/alerts")
    def list_alerts(request: Request, project: str | None = None) -> schemas.AlertRulePage:
        """Alert rules with where they stand, the newest first."""
        number = None if project is None else shown.scope.number(request, project)
        found = [one for one in rules.list(number) if shown.scope.sees(request, one.project_id)]
        return schemas.AlertRulePage(items=shown.every(found))

    @routes.post("/alerts", status_code=status.HTTP_201_CREATED)
    async def create_alert(request: Request, body: schemas.NewAlertRule) -> schemas.AlertRuleOut:
        """A new rule; what it asks is asked once, so that one that cannot work is refused."""
        number = await asyncio.to_thread(shown.scope.number, request, body.project)
        made = replace(
            _rule_of(body, number),
            name=body.name,
            enabled=body.enabled,
            channels=tuple(dict.fromkeys(body.channels)),
            created_by=author(request),
        )
        await shown.asked(made, body.project)
        kept = await asyncio.to_thread(rules.create, made)
        return await asyncio.to_thread(shown.only, kept)

    @routes.get("/alerts/{rule_id}")
    def get_alert(request: Request, rule_id: str) -> schemas.AlertRuleOut:
        """One rule with where it stands."""
        return shown.only(shown.one(request, rule_id))

    @routes.patch("/alerts/{rule_id}")
    async def change_alert(
        request: Request, rule_id: str, body: schemas.AlertRuleChange
    ) -> schemas.AlertRuleOut:
        """The rule after a change; open episodes end where it asks for something else."""
        before = await asyncio.to_thread(shown.one, request, rule_id)
        given = _given(before, body)
        project = shown.scope.name(before.project_id)
        if project is not None:
            await shown.asked(replace(before, **given), project)
        changed = await asyncio.to_thread(rules.change, rule_id, given)
        return await asyncio.to_thread(shown.only, changed)

    @routes.delete("/alerts/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_alert(request: Request, rule_id: str) -> None:
        """Remove a rule with its history; who knows of open episodes is told that they ended."""
        shown.one(request, rule_id)
        rules.delete(rule_id)

    @routes.post("/alerts/{rule_id}/mute")
    def mute_alert(request: Request, rule_id: str, body: schemas.Mute) -> schemas.AlertRuleOut:
        """The rule, of which nobody is told until then; what it tells by then is in its history."""
        shown.one(request, rule_id)
        return shown.only(rules.mute(rule_id, body.until))


def _add_watching(routes: APIRouter, alerts: Parts, shown: _Shown) -> None:
    @routes.get("/alerts/{rule_id}/history")
    def list_alert_history(
        request: Request,
        rule_id: str,
        limit: Limit = 50,
        cursor: Annotated[str | None, Query()] = None,
    ) -> schemas.AlertEventPage:
        """What happened, and who was told of it, the newest first."""
        rule = shown.one(request, rule_id)
        after = read_moment(cursor, "alert-history")
        events, deliveries = alerts.rules.history(rule_id, limit=limit + 1, after=after)
        more, page = len(events) > limit, events[:limit]
        last = [micros_of(page[-1].at), page[-1].id] if more else None
        return schemas.AlertEventPage(
            items=[schemas.event_out(rule, one, deliveries.get(one.id, [])) for one in page],
            next_cursor=write_cursor("alert-history", last) if more else None,
        )


def _add_preview(routes: APIRouter, alerts: Parts, scope: Reach) -> None:
    @routes.post("/alerts/preview")
    async def preview_alert(request: Request, body: schemas.PreviewAsked) -> schemas.PreviewOut:
        """What a rule would have done on what was recorded in the last days; it tells nobody."""
        number = await asyncio.to_thread(scope.number, request, body.project)
        rule = _rule_of(body, number)
        check(rule)
        found = await alerts.previews.of(rule, body.project, body.days, datetime.now(UTC))
        return _preview_out(rule, found)


def _rule_of(body: schemas.AskedRule, project_id: int) -> AlertRule:
    now = datetime.now(UTC)
    return AlertRule(
        id=str(uuid.uuid4()),
        project_id=project_id,
        name="preview",
        question=body.question(),
        condition=body.condition.condition(),
        for_s=body.for_minutes * 60,
        remind_s=_remind_s(body.remind_minutes),
        created_at=now,
        updated_at=now,
    )


def _given(before: AlertRule, body: schemas.AlertRuleChange) -> dict[str, Any]:
    """The fields of a rule that a body changes. Any: each has a type of its own."""
    said = body.model_dump(exclude_none=True, exclude={"condition"})
    asked = {name: said.pop(name) for name in _OF_QUESTION if name in said}
    given: dict[str, Any] = {name: said[name] for name in ("name", "enabled") if name in said}
    if asked:
        given["question"] = replace(before.question, **asked)
    if body.condition is not None:
        given["condition"] = body.condition.condition()
    if body.for_minutes is not None:
        given["for_s"] = body.for_minutes * 60
    if body.remind_minutes is not None:
        given["remind_s"] = _remind_s(body.remind_minutes)
    if body.channels is not None:
        given["channels"] = tuple(dict.fromkeys(body.channels))
    return given


def _remind_s(minutes: int) -> int | None:
    return minutes * 60 or None


def _preview_out(rule: AlertRule, found: Preview) -> schemas.PreviewOut:
    question: Question = rule.question
    return schemas.PreviewOut(
        from_=found.since,
        to=found.until,
        step=question.window,
        groups=found.groups,
        evaluations=found.evaluations,
        notifications=found.notifications,
        episodes=[
            schemas.EpisodeOut(
                group=schemas.shown_group(question, one.group),
                level=one.level,
                opened_at=one.opened_at,
                ended_at=one.ended_at,
                value=one.value,
                notifications=one.notifications,
            )
            for one in found.episodes[:MOST_EPISODES]
        ],
        episode_count=len(found.episodes),
        series=[
            schemas.PreviewSeries(
                group=schemas.shown_group(question, group),
                points=[
                    schemas.PreviewPoint(
                        time=moment(one.at_s * 1_000_000),
                        value=one.value,
                        expected=one.expected,
                        spread=one.spread,
                        level=one.level,
                    )
                    for one in points
                ],
            )
            for group, points in found.series.items()
        ],
    )
