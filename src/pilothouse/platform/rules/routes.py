"""Rules of online evaluation over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, status
from pydantic import AwareDatetime

from pilothouse.platform.errors import NotFound
from pilothouse.platform.evaluators.routes import Scope
from pilothouse.platform.query.reach import Allowed, Author, Directory, Limit
from pilothouse.platform.records import micros_of
from pilothouse.platform.routing import ApiRouter
from pilothouse.platform.rules import schemas
from pilothouse.platform.rules.backfill import Backfills
from pilothouse.platform.rules.guard_routes import Asks, add_guards
from pilothouse.platform.rules.models import Outcome, Rule
from pilothouse.platform.rules.service import RuleService, no_rule
from pilothouse.platform.rules.why import Reasons
from pilothouse.platform.store.orders import read_moment, write_cursor

LOG_KEPT: Final = timedelta(days=31)
"""More than the log of a rule goes back."""


def router(
    rules: RuleService,
    backfills: Backfills,
    reasons: Reasons,
    guards: Asks,
    projects: Directory,
    *,
    allowed: Allowed,
    author: Author,
) -> APIRouter:
    """The routes; keys of one project see its rules."""
    routes = ApiRouter(tags=["rules"])
    scope = _Rules(rules, Scope(projects, allowed))
    add_guards(routes, guards, scope.scope)
    _add_rules(routes, rules, scope, author)
    _add_watching(routes, rules, reasons, scope)
    _add_backfill(routes, backfills, scope, author)
    return routes


class _Rules:
    """The rules that a request may see, and how they are shown."""

    def __init__(self, rules: RuleService, scope: Scope) -> None:
        self._rules = rules
        self.scope = scope

    def one(self, request: Request, rule_id: str) -> Rule:
        """A rule that the request may see. Raises NotFound."""
        rule = self._rules.get(rule_id)
        if not self.scope.sees(request, rule.project_id):
            raise no_rule(rule_id)
        return rule

    def shown(self, rules: list[Rule]) -> list[schemas.RuleOut]:
        """Rules as the API shows them."""
        stats = self._rules.stats(rules)
        named = [(rule, self.scope.name(rule.project_id)) for rule in rules]
        return [
            schemas.rule_out(rule, name, stats[rule.id]) for rule, name in named if name is not None
        ]

    def shown_one(self, rule: Rule) -> schemas.RuleOut:
        """A rule as the API shows it. Raises NotFound where its project is being deleted."""
        for found in self.shown([rule]):
            return found
        raise NotFound(f"the project of rule {rule.id!r} is gone")


def _add_rules(routes: APIRouter, rules: RuleService, scope: _Rules, author: Author) -> None:
    @routes.get("/rules")
    def list_rules(
        request: Request, project: str | None = None, evaluator_id: str | None = None
    ) -> schemas.RulePage:
        """Rules with what they did so far, the newest first."""
        number = None if project is None else scope.scope.number(request, project)
        chosen = [evaluator_id] if evaluator_id is not None else []
        found = rules.list(project_id=number, evaluator_ids=chosen)
        seen = [rule for rule in found if scope.scope.sees(request, rule.project_id)]
        return schemas.RulePage(items=scope.shown(seen))

    @routes.post("/rules", status_code=status.HTTP_201_CREATED)
    def create_rule(request: Request, body: schemas.NewRule) -> schemas.RuleOut:
        """A new rule, for what comes in from now on."""
        number = scope.scope.number(request, body.project)
        given = body.model_dump(exclude={"budget", "sampling", "guard"})
        made = rules.create(
            project_id=number,
            budget=body.budget.budget(),
            sampling=body.sampling.sampling(),
            guard=None if body.guard is None else body.guard.guard(),
            by=author(request),
            **given,
        )
        return scope.shown_one(made)

    @routes.post("/rules/end-session", status_code=status.HTTP_204_NO_CONTENT)
    def end_session(request: Request, body: schemas.SessionEnd) -> None:
        """Have rules on sessions judge this one now, rather than when it was quiet for long."""
        number = scope.scope.number(request, body.project)
        rules.end_session(number, body.session_id, body.at)

    @routes.get("/rules/budget")
    def get_rule_budget(request: Request, project: str) -> schemas.ProjectBudget:
        """What all rules of a project may take together."""
        budget = rules.project_budget(scope.scope.number(request, project))
        body = schemas.BudgetBody.model_validate(asdict(budget))
        return schemas.ProjectBudget(project=project, budget=body)

    @routes.put("/rules/budget")
    def put_rule_budget(request: Request, body: schemas.ProjectBudget) -> schemas.ProjectBudget:
        """Say what all rules of a project may take together."""
        number = scope.scope.number(request, body.project)
        rules.set_project_budget(number, body.budget.budget())
        return body

    @routes.get("/rules/{rule_id}")
    def get_rule(request: Request, rule_id: str) -> schemas.RuleOut:
        """One rule with what it did so far."""
        return scope.shown_one(scope.one(request, rule_id))

    @routes.patch("/rules/{rule_id}")
    def change_rule(request: Request, rule_id: str, body: schemas.RuleChange) -> schemas.RuleOut:
        """The rule after a change; what changes whom it judges, or how, is another version."""
        scope.one(request, rule_id)
        given = body.model_dump(exclude={"budget", "sampling", "guard"}, exclude_none=True)
        changed = rules.change(
            rule_id,
            budget=None if body.budget is None else body.budget.budget(),
            sampling=None if body.sampling is None else body.sampling.sampling(),
            guard=None if body.guard is None else body.guard.guard(),
            **given,
        )
        return scope.shown_one(changed)

    @routes.delete("/rules/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
    def delete_rule(request: Request, rule_id: str) -> None:
        """Remove a rule with its log; the scores that it gave stay."""
        scope.one(request, rule_id)
        rules.delete(rule_id)


def _add_watching(routes: APIRouter, rules: RuleService, reasons: Reasons, scope: _Rules) -> None:
    @routes.get("/rules/{rule_id}/activity")
    def list_rule_activity(
        request: Request,
        rule_id: str,
        outcome: Outcome | None = None,
        limit: Limit = 50,
        cursor: Annotated[str | None, Query()] = None,
    ) -> schemas.ActivityPage:
        """What came of each entity that the rule looked at, the newest first."""
        scope.one(request, rule_id)
        found = rules.activity(
            rule_id,
            outcome=outcome or "",
            limit=limit + 1,
            after=read_moment(cursor, "activity"),
        )
        more, shown = len(found) > limit, found[:limit]
        last = [micros_of(shown[-1].at), shown[-1].entity.key] if more else None
        return schemas.ActivityPage(
            items=[schemas.activity_out(one) for one in shown],
            next_cursor=write_cursor("activity", last) if more else None,
        )

    @routes.get("/rules/{rule_id}/sample")
    def get_rule_sample(
        request: Request,
        rule_id: str,
        since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
        until: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    ) -> schemas.SampleOut:
        """The mean of what the rule's version judged, for all that came; of its log by default."""
        rule = scope.one(request, rule_id)
        now = datetime.now(UTC)
        mean, failed = rules.sample(rule, since or now - LOG_KEPT, until or now)
        return schemas.SampleOut(failed=failed, **asdict(mean))

    @routes.post("/rules/{rule_id}/why")
    async def explain_rule(request: Request, rule_id: str, body: schemas.Which) -> schemas.Why:
        """What came of a trace or span under the rule, and why."""
        rule = await asyncio.to_thread(scope.one, request, rule_id)
        outcome, reason = await reasons.of(rule, body.trace_id, body.span_id)
        return schemas.Why(outcome=outcome, reason=reason)


def _add_backfill(routes: APIRouter, backfills: Backfills, scope: _Rules, author: Author) -> None:
    @routes.post("/rules/{rule_id}/backfill")
    async def backfill_rule(
        request: Request, rule_id: str, body: schemas.BackfillBody
    ) -> schemas.BackfillOut:
        """Judge what was recorded in a span of time, as a job; or say what that would take."""
        rule = await asyncio.to_thread(scope.one, request, rule_id)
        estimate = await backfills.estimate(rule, body.since, body.until)
        job = None
        if not body.dry_run:
            by = author(request)
            job = await asyncio.to_thread(backfills.start, rule, body.since, body.until, by)
        return schemas.BackfillOut(
            matching=estimate.matching,
            sampled=estimate.sampled,
            estimated_cost=estimate.cost,
            exact=estimate.exact,
            job_id=None if job is None else job.id,
        )
