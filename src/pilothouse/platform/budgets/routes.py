"""Budgets over HTTP."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter, Request, status

from pilothouse.platform.budgets import schemas
from pilothouse.platform.budgets.models import Budget
from pilothouse.platform.budgets.service import Budgets, no_budget
from pilothouse.platform.budgets.worker import BudgetWorker
from pilothouse.platform.errors import ApiError
from pilothouse.platform.query.reach import Allowed, Author, Directory, Reach
from pilothouse.platform.routing import ApiRouter

AT_ONCE: Final = 4
"""Budgets of a list that the store is asked about: other readers wait for it, too."""


@dataclass(frozen=True, slots=True)
class _Shows:
    """Budgets with what was spent of them."""

    worker: BudgetWorker
    scope: Reach

    async def one(self, found: Budget) -> schemas.BudgetOut:
        project = self.scope.name(found.project_id)
        if project is None:  # it is being deleted
            raise no_budget(found.id)
        try:
            spending = await self.worker.spends.of(found, project, datetime.now(UTC))
        except ApiError as e:
            return schemas.shown(found, project, None, e.message)
        return schemas.shown(found, project, spending)

    async def several(self, found: list[Budget]) -> list[schemas.BudgetOut]:
        bound = asyncio.Semaphore(AT_ONCE)

        async def in_turn(budget: Budget) -> schemas.BudgetOut:
            async with bound:
                return await self.one(budget)

        return await asyncio.gather(*map(in_turn, found))


def router(
    budgets: Budgets, worker: BudgetWorker, projects: Directory, *, allowed: Allowed, author: Author
) -> APIRouter:
    """The routes; keys of one project see its budgets."""
    routes = ApiRouter(tags=["budgets"])
    scope = Reach(projects, allowed)

    shows = _Shows(worker, scope)

    async def existing(request: Request, budget_id: str) -> Budget:
        found = await asyncio.to_thread(budgets.get, budget_id)
        if not scope.sees(request, found.project_id):
            raise no_budget(budget_id)
        return found

    @routes.get("/budgets")
    async def list_budgets(request: Request, project: str | None = None) -> schemas.BudgetPage:
        """Budgets by name, each with what was spent of it and where that leads."""
        number = None if project is None else scope.number(request, project)
        found = await asyncio.to_thread(budgets.list, number)
        seen = [each for each in found if scope.sees(request, each.project_id)]
        return schemas.BudgetPage(items=await shows.several(seen))

    @routes.post("/budgets", status_code=status.HTTP_201_CREATED)
    async def create_budget(request: Request, body: schemas.NewBudget) -> schemas.BudgetOut:
        """A new budget."""
        number = scope.number(request, body.project)
        made = await asyncio.to_thread(
            budgets.create,
            number,
            by=author(request),
            **body.model_dump(exclude={"project"}),
        )
        return await shows.one(made)

    @routes.get("/budgets/{budget_id}")
    async def get_budget(request: Request, budget_id: str) -> schemas.BudgetOut:
        """One budget."""
        return await shows.one(await existing(request, budget_id))

    @routes.patch("/budgets/{budget_id}")
    async def change_budget(
        request: Request, budget_id: str, body: schemas.BudgetChange
    ) -> schemas.BudgetOut:
        """The budget after a change; its thresholds can be told again."""
        found = await existing(request, budget_id)
        return await shows.one(await asyncio.to_thread(budgets.change, found.id, body.given()))

    @routes.delete("/budgets/{budget_id}", status_code=status.HTTP_204_NO_CONTENT)
    async def remove_budget(request: Request, budget_id: str) -> None:
        """Remove a budget."""
        found = await existing(request, budget_id)
        await asyncio.to_thread(budgets.remove, found.id)

    return routes
