"""Questions that the gateway asks by itself: those of judges and shadows."""

from __future__ import annotations

import asyncio
import time

from pilothouse.gateway.asking import Asking, Question, Started
from pilothouse.gateway.costs import Costs
from pilothouse.gateway.errors import Refused
from pilothouse.gateway.ids import hex_id
from pilothouse.gateway.models import Holder, Retries
from pilothouse.gateway.needs import Tables
from pilothouse.gateway.recording import Finished, Recorder
from pilothouse.gateway.steps import Answered, Aside


class Beside:
    """Asks models beside the calls of clients: once, recorded, on nobody's budget."""

    def __init__(self, tables: Tables, asking: Asking, costs: Costs, recorder: Recorder) -> None:
        self._tables = tables
        self._asking = asking
        self._costs = costs
        self._recorder = recorder

    async def aside(self, aside: Aside) -> Answered:
        """Ask once. Raises Refused where no answer came, or none in time."""
        table = self._tables.current() or await self._tables.read()
        route = table.find(aside.name)
        if route is None:
            raise Refused(404, "model_not_found", f"there is no model {aside.name!r}")
        body = dict(aside.body)
        told = Finished(
            id=f"req_{hex_id(24)}",
            holder=Holder(project=aside.project),
            project=aside.project,
            path=aside.path,
            asked_for=aside.name,
            body=body,
            is_stream=False,
            start_ns=time.time_ns(),
            parent=aside.parent,
            tags=aside.tags,
            notes=dict(aside.notes),
        )
        question = Question(path=aside.path, body=body, headers={}, is_stream=False)
        once = route.once(Retries(most=0))
        deadline = asyncio.get_running_loop().time() + aside.timeout_s
        try:
            async with asyncio.timeout(aside.timeout_s):
                found = await self._asking.first(question, [once], told.tally, deadline)
            assert not isinstance(found, Started)
            told.answer = found.said
            self._costs.count(told, found.said, found.body)
        except TimeoutError:
            what = f"{aside.name!r} did not answer within {aside.timeout_s:g} s"
            told.error = Refused(504, "timeout", what)
            raise told.error from None
        except Refused as refused:
            told.error = refused
            raise
        finally:
            told.end_ns = time.time_ns()
            self._recorder.take(told)
        trace_id, span_id, _ = told.place
        return Answered(
            said=found.said,
            usage=told.usage,
            cost_nano=told.cost_nano,
            target=found.target.id,
            duration_ms=(told.end_ns - told.start_ns) / 1e6,
            trace_id=trace_id,
            span_id=span_id,
        )
