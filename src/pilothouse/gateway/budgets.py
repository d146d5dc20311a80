"""What each key may still spend. The most that a call can cost is set aside before it is made.

So calls at the same time cannot spend more than there is. What was spent is kept by the server a
second later at most; other servers of the same database learn of it within REREAD_S.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from pilothouse.gateway.errors import Refused
from pilothouse.gateway.models import NANO, Holder, Period
from pilothouse.gateway.needs import Spending

log = logging.getLogger("pilothouse.gateway")

REREAD_S: Final = 5.0
_MICRO: Final = 1_000_000


def period_of(period: Period, now: datetime) -> tuple[int, datetime | None]:
    """When a period began, in microseconds since 1970 UTC, and when it ends."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if period == "total":
        return 0, None
    if period == "day":
        start, end = day, day + timedelta(days=1)
    elif period == "week":
        start = day - timedelta(days=day.weekday())
        end = start + timedelta(days=7)
    else:
        start = day.replace(day=1)
        end = (start + timedelta(days=32)).replace(day=1)
    return int(start.timestamp()) * _MICRO, end


@dataclass(slots=True)
class Account:
    """What a key spent in its present period, in nano-dollars."""

    start: int
    spent: int
    """With what is not yet kept."""
    read_at: float
    reserved: int = 0


@dataclass(slots=True)
class Reservation:
    """Money set aside for a call; it must be settled once."""

    accounts: list[Account] = field(default_factory=list)
    amount: int = 0


class Budgets:
    """The accounts of keys that have a budget, and what all keys spent."""

    def __init__(
        self,
        spending: Spending,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._spending = spending
        self._now = clock
        self._accounts: dict[int, Account] = {}
        self._unkept: dict[tuple[int, int], int] = {}
        self._periods: dict[Period, tuple[int, datetime | None]] = {}
        """The present ones."""
        self._lock = asyncio.Lock()
        """Held while what was spent is read or kept, so that nothing is counted twice."""

    async def reserve(self, holder: Holder, amount: int | None) -> Reservation:
        """Set the most that a call can cost aside, in nano-dollars; None where it has no price.

        Raises Refused where it is more than what is left, or nobody can tell.
        """
        reserved = Reservation(amount=amount or 0)
        try:
            for each in holder.bounded:
                if each.budget_nano is not None:
                    reserved.accounts.append(await self._reserve(each, amount))
        except BaseException:
            for account in reserved.accounts:
                account.reserved -= reserved.amount
            raise
        return reserved

    async def _reserve(self, holder: Holder, amount: int | None) -> Account:
        assert holder.budget_nano is not None
        if amount is None:
            raise Refused(
                403,
                "model_without_price",
                f"{holder.called} has a budget, and what this model costs is not known: "
                "enter its price, or ask for another model",
                is_final=True,
            )
        start, end = self._present(holder.period)
        account = self._accounts.get(holder.id)
        if (
            account is None
            or account.start != start
            or time.monotonic() - account.read_at > REREAD_S
        ):
            account = await self._read(holder, start)
        left = holder.budget_nano - account.spent - account.reserved
        if amount > left or left <= 0:
            raise _exhausted(holder, account, amount, end)
        account.reserved += amount
        return account

    def settle(self, holder: Holder, reserved: Reservation, amount: int) -> None:
        """Give back what was set aside and take what the call cost."""
        for account in reserved.accounts:
            account.reserved -= reserved.amount
            account.spent += amount
        for each in holder.bounded:
            if each.id and amount:
                start, _ = self._present(each.period)
                place = each.id, start
                self._unkept[place] = self._unkept.get(place, 0) + amount

    async def keep(self) -> None:
        """Have the server keep what was spent since the last time."""
        async with self._lock:
            taken, self._unkept = self._unkept, {}
            if not taken:
                return
            try:
                await self._spending.add([(key, at, nano) for (key, at), nano in taken.items()])
            except Exception:
                for place, nano in taken.items():
                    self._unkept[place] = self._unkept.get(place, 0) + nano
                raise

    def _present(self, period: Period) -> tuple[int, datetime | None]:
        """When the present period began and ends."""
        now = self._now()
        found = self._periods.get(period)
        if found is None or (found[1] is not None and now >= found[1]):
            found = self._periods[period] = period_of(period, now)
        return found

    def forget(self, key: int) -> None:
        """What is known of a key has changed."""
        account = self._accounts.get(key)
        if account is not None:
            account.read_at = 0.0

    async def _read(self, holder: Holder, start: int) -> Account:
        async with self._lock:
            before = self._accounts.get(holder.id)
            fresh = before is not None and before.start == start
            if fresh and before is not None and time.monotonic() - before.read_at <= REREAD_S:
                return before
            spent = await self._spending.spent(holder, start)
            spent += self._unkept.get((holder.id, start), 0)
            if fresh and before is not None:
                before.spent, before.read_at = spent, time.monotonic()
                return before
            made = Account(start=start, spent=spent, read_at=time.monotonic())
            self._accounts[holder.id] = made
            return made


def _exhausted(holder: Holder, account: Account, amount: int, end: datetime | None) -> Refused:
    assert holder.budget_nano is not None
    again = "" if end is None else f"; it begins anew at {end:%Y-%m-%d %H:%M} UTC"
    return Refused(
        429,
        "budget_exceeded",
        f"the budget of {holder.called} is ${_dollars(holder.budget_nano)} "
        f"({holder.period}), ${_dollars(account.spent)} are spent and "
        f"${_dollars(account.reserved)} set aside; this call may cost ${_dollars(amount)}{again}",
        type="budget_exceeded",
        is_final=True,
    )


def _dollars(nano: int) -> str:
    return f"{nano / NANO:.6f}".rstrip("0").rstrip(".")
