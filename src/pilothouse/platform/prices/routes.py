"""Prices over HTTP. Amounts are US dollars for a million tokens; of "request", for one call."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, status
from pydantic import BaseModel, ConfigDict, Field

from pilothouse.platform.errors import NotFound
from pilothouse.platform.prices.models import Price, amounts_of
from pilothouse.platform.prices.service import Prices
from pilothouse.platform.projects.service import ProjectDirectory
from pilothouse.platform.routing import ApiRouter
from pilothouse.spans.price_list import Period, lookup

ModelName = Annotated[str, Field(max_length=500)]


class TierIO(BaseModel):
    """Prices of calls whose input is longer than a number of tokens."""

    model_config = ConfigDict(extra="forbid")

    above_input_tokens: int
    prices: dict[str, float]


class PriceOut(BaseModel):
    """An entry of the price table."""

    id: int
    project: str | None
    """null for all projects."""
    model: str
    """A name, or a glob with * and ?."""
    provider: str | None
    valid_from: date | None
    prices: dict[str, float]
    tiers: list[TierIO]
    note: str
    created_at: datetime
    updated_at: datetime


class PriceList(BaseModel):
    """Entries of the price table."""

    items: list[PriceOut]
    next_cursor: str | None = None


class NewPrice(BaseModel):
    """A price to enter."""

    model_config = ConfigDict(extra="forbid")

    project: str | None = None
    model: str
    provider: str | None = Field(None, max_length=200)
    valid_from: date | None = None
    prices: dict[str, Any]
    tiers: list[TierIO] = []
    note: str = Field("", max_length=2000)


class PriceChange(BaseModel):
    """What to change of a price."""

    model_config = ConfigDict(extra="forbid")

    model: str | None = None
    provider: str | None = Field(None, max_length=200)
    valid_from: date | None = None
    prices: dict[str, Any] | None = None
    tiers: list[TierIO] | None = None
    note: str | None = Field(None, max_length=2000)


class ListedPeriod(BaseModel):
    """Public prices from a second of the day (UTC) on."""

    from_second: int
    prices: dict[str, float]
    tiers: list[TierIO]


class Listed(BaseModel):
    """What the public list says of a model on a day."""

    model: str
    provider: str | None
    date: date
    periods: list[ListedPeriod]
    """Empty where the list does not know the model."""


class ListedModels(BaseModel):
    """What the public list says of each model asked for, in the order of the question."""

    items: list[Listed]
    next_cursor: str | None = None


def router(
    prices: Prices, projects: ProjectDirectory, *, allowed: Callable[[Request, str], bool]
) -> APIRouter:
    """The routes of prices; `allowed` says whether a request may see a project."""
    routes = ApiRouter(tags=["prices"])

    def shown(price: Price) -> PriceOut:
        project_id = price.project_id
        return _shown(price, None if project_id is None else projects.name_of(project_id))

    def number_of(project: str | None) -> int | None:
        return None if project is None else projects.get(project).id

    @routes.get("/prices")
    def list_prices(request: Request, project: str | None = None) -> PriceList:
        """The entered prices; with a project, those that price its spans."""
        found = [shown(price) for price in prices.every(number_of(project))]
        return PriceList(
            items=[
                price for price in found if price.project is None or allowed(request, price.project)
            ]
        )

    @routes.post("/prices", status_code=status.HTTP_201_CREATED)
    def add_price(body: NewPrice) -> PriceOut:
        """A new price; it holds for spans that arrive from now on."""
        return shown(
            prices.add(
                project_id=number_of(body.project),
                model=body.model,
                provider=body.provider or "",
                valid_from=body.valid_from.isoformat() if body.valid_from else "",
                prices=body.prices,
                tiers=[(tier.above_input_tokens, tier.prices) for tier in body.tiers],
                note=body.note,
            )
        )

    _add_public_list(routes)

    @routes.get("/prices/{price_id}")
    def get_price(request: Request, price_id: int) -> PriceOut:
        """One entry."""
        price = shown(prices.one(price_id))
        if price.project is not None and not allowed(request, price.project):
            raise NotFound(f"there is no price {price_id}")
        return price

    @routes.patch("/prices/{price_id}")
    def change_price(price_id: int, body: PriceChange) -> PriceOut:
        """The entry after a change."""
        given = body.model_fields_set
        tiers = body.tiers
        return shown(
            prices.change(
                price_id,
                model=body.model,
                provider=(body.provider or "") if "provider" in given else None,
                valid_from=(body.valid_from.isoformat() if body.valid_from else "")
                if "valid_from" in given
                else None,
                prices=body.prices,
                tiers=None
                if tiers is None
                else [(tier.above_input_tokens, tier.prices) for tier in tiers],
                note=body.note,
            )
        )

    @routes.delete("/prices/{price_id}", status_code=status.HTTP_204_NO_CONTENT)
    def remove_price(price_id: int) -> None:
        """Remove an entry; what was priced by it stays as it is."""
        prices.remove(price_id)

    return routes


def _add_public_list(routes: APIRouter) -> None:
    @routes.get("/prices/list")
    def list_price(
        model: Annotated[list[ModelName], Query(min_length=1, max_length=100)],
        provider: Annotated[str | None, Query(max_length=200)] = None,
        day: Annotated[date | None, Query(alias="date")] = None,
    ) -> ListedModels:
        """What the public price list says of models, today or on a day; `model` may repeat."""
        when = day or datetime.now(UTC).date()
        return ListedModels(
            items=[
                Listed(
                    model=name,
                    provider=provider,
                    date=when,
                    periods=[_period(period) for period in lookup(name, provider or "", when)],
                )
                for name in model
            ]
        )


def _shown(price: Price, project: str | None) -> PriceOut:
    return PriceOut(
        id=price.id,
        project=project,
        model=price.model,
        provider=price.provider or None,
        valid_from=date.fromisoformat(price.valid_from) if price.valid_from else None,
        prices={name: float(amount) for name, amount in price.prices.items()},
        tiers=[
            TierIO(
                above_input_tokens=tier.above_input_tokens,
                prices={name: float(amount) for name, amount in tier.prices.items()},
            )
            for tier in price.tiers
        ],
        note=price.note,
        created_at=price.created_at,
        updated_at=price.updated_at,
    )


def _period(period: Period) -> ListedPeriod:
    return ListedPeriod(
        from_second=period.from_second,
        prices=amounts_of(period.rates),
        tiers=[
            TierIO(above_input_tokens=tier.above_input_tokens, prices=amounts_of(tier.rates))
            for tier in period.tiers
        ],
    )
