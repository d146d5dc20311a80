"""One question and its answer, in a conversation that may be kept.

The question is committed before the target is asked, the answer when it is there: a kill between
the two leaves the question. An answer that broke off is kept as `partial` or `error`, and no
target is given it again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

from pilothouse.serving.attachments import given_files
from pilothouse.serving.chat import Messages, Said, delta_of, input_of, said
from pilothouse.serving.context import Context
from pilothouse.serving.errors import InvalidInput, NotFound, Stopped
from pilothouse.serving.runs import Run
from pilothouse.serving.store.branches import Branches
from pilothouse.serving.store.models import Status
from pilothouse.serving.targets import Whole

if TYPE_CHECKING:
    from pilothouse.serving.call import Call
    from pilothouse.serving.mounts import Mount
    from pilothouse.serving.service import Service


class Talk:
    """A run of a target that is asked in messages."""

    def __init__(
        self,
        service: Service,
        mount: Mount,
        *,
        call: Call | None = None,
        owner: str = "",
        user: str | None = None,
        thread_id: str | None = None,
        history: Messages | None = None,
        config: Mapping[str, Any] | None = None,
        listens: bool = True,
        keeps_failures: bool = False,
    ) -> None:
        """`thread_id` names a kept conversation; `history` is one that the client keeps itself.

        `keeps_failures` keeps an answer that failed before it said anything, too.
        """
        self.service = service
        self.mount = mount
        context = Context(
            thread_id=thread_id,
            user=user or owner or None,
            owner=owner,
            headers=call.open_headers() if call is not None else {},
        )
        self.run = Run(
            service,
            mount,
            call=call,
            context=context,
            config=config or mount.config,
            listens=listens,
        )
        self.said = Said()
        """The whole answer, once it is there; before, what has come of it."""
        self.last_seq = 0
        """Place of the answer in its thread."""
        self.question_seq = 0
        """Place of the question."""
        self.extra: dict[str, Any] = {}
        """What is kept beside the answer's text."""
        self.on_close: Callable[[BaseException | None], None] | None = None
        """Called before the answer is kept, to fill `extra`; with the error that ended it."""
        self.output: Any = None
        """The target's own output, where it is told whole."""
        self._keeps_failures = keeps_failures
        self._owner = owner
        self._history = history or []
        self._value: Any = None
        self._taken = False
        self._forks = False
        self._message: str | None = None
        """The id of the message whose pieces come."""

    async def begin(self, messages: Messages, *, parent: int | None = None) -> None:
        """Keep the question, wait for a place; raises Refusal.

        `parent` is the message that the question follows (0: none), where that is not the last
        one of the branch that is shown.
        """
        await self._begin(messages, parent, again=None)

    async def begin_again(self, question: int) -> None:
        """Another answer to a question that is there; raises Refusal."""
        await self._begin([], None, again=question)

    async def _begin(self, messages: Messages, parent: int | None, *, again: int | None) -> None:
        self.service.refuse_when_draining()
        try:
            whole = [*await self._earlier(messages, parent, again), *messages]
            whole = await self._with_files(whole)
            new = whole[-1:] if again is not None else whole[len(whole) - len(messages) :]
            self.run.context.history = whole[:-1]
            given = input_of(self.mount, self._asked(whole, new))
            self._value = self.mount.target.input.read(given)
            await self.run.begin(self._value)
        except BaseException:
            await self._give_back()
            raise

    def _asked(self, whole: Messages, new: Messages) -> Messages:
        """A graph that keeps its own threads is told what is new, unless it begins a branch."""
        remembers = getattr(self.mount.target, "keeps_threads", False) and not self._forks
        return new if remembers else whole

    async def _with_files(self, messages: Messages) -> Messages:
        thread = self.run.context.thread_id
        if thread is None or not any(isinstance(m.get("content"), list) for m in messages):
            return messages
        return await given_files(self.service.store, self._owner, thread, messages)

    async def _earlier(self, messages: Messages, parent: int | None, again: int | None) -> Messages:
        thread = self.run.context.thread_id
        if thread is None:
            return self._history
        store, options = self.service.store, self.service.options
        await store.create_thread(self._owner, thread)
        await store.take(self._owner, thread, str(id(self)), options.queue_timeout)
        self._taken = True
        branches = Branches(store)
        if again is not None and (await branches.one(self._owner, thread, again)).role != "user":
            raise InvalidInput(f"message {again} is no question")
        if parent:
            await branches.one(self._owner, thread, parent)
        until = parent if again is None else again
        kept = await branches.up_to(self._owner, thread, until, options.history_messages)
        last = await store.last_seq(self._owner, thread)
        follows = kept[-1].seq if kept else 0
        if again is None:
            self.question_seq = await store.add(self._owner, thread, messages, parent=parent)
        else:
            self.question_seq = again
        self._forks = follows != last
        self.run.context.branch = (
            last + 1 if self._forks else await branches.fork(self._owner, thread, follows)
        )
        complete = [message for message in kept if message.status == "complete"]
        return [*self._history, *(message.plain() for message in complete)]

    async def whole(self) -> Said:
        """The answer at once; raises what the target raised, or Stopped."""
        target = self.mount.target
        try:
            output = await self.run.result(
                lambda work: target.answer(self._value, work), self._understood
            )
        except BaseException as error:
            await self._close(error)
            raise
        await self._close(None)
        self.output = output
        return self.said

    def _understood(self, output: Any) -> Any:
        self.said = said(self.mount, output)
        return output

    async def deltas(self) -> AsyncGenerator[Said]:
        """The answer piece by piece; afterwards `said` has all of it."""
        target = self.mount.target
        source = target.talk(self._value, self.run.work)
        failed: BaseException | None = Stopped("disconnect")  # who leaves early has gone
        try:
            async with aclosing(self.run.pieces(source, self._taken_in)) as pieces:
                async for delta in pieces:
                    if delta is not None:
                        yield delta
            self.said.finish_reason = self.said.finish_reason or "stop"
            failed = None
        except Exception as error:
            failed = error
            raise
        finally:
            await self._close(failed)

    def _taken_in(self, piece: Any) -> Said | None:
        """Add a piece to the answer; what a last piece says whole is only told where new."""
        so_far = self.said
        if isinstance(piece, Whole):
            self.output = piece.value
            whole = said(self.mount, piece.value)
            whole.usage = whole.usage or so_far.usage
            rest = "" if so_far.text else whole.text
            self.said = whole
            return Said(rest, finish_reason="") if rest else None
        delta = delta_of(piece)
        message = getattr(piece, "id", None)
        if delta.text and message != self._message:
            if so_far.text and message and self._message:
                delta.text = f"\n\n{delta.text}"  # an agent speaks again, after its tools
            self._message = message or self._message
        so_far.text += delta.text
        so_far.model = delta.model or so_far.model
        so_far.usage = _plus(so_far.usage, delta.usage)
        for part in delta.tool_calls:
            _add_call(so_far.tool_calls, part)
        if delta.finish_reason:
            so_far.finish_reason = delta.finish_reason
        elif so_far.tool_calls:
            so_far.finish_reason = "tool_calls"
        return delta

    async def _close(self, error: BaseException | None) -> None:
        thread = self.run.context.thread_id
        self._count()
        if self.on_close is not None:
            self.on_close(error)
        try:
            told = error is None or self.said.text or self._keeps_failures
            if thread is not None and self._taken and told:
                status: Status = "complete"
                if error is not None:
                    status = "partial" if isinstance(error, Stopped) else "error"
                with suppress(NotFound):  # the conversation was deleted meanwhile
                    self.last_seq = await self.service.store.add(
                        self._owner,
                        thread,
                        [self.said.message()],
                        run_id=self.run.id,
                        status=status,
                        parent=self.question_seq,
                        extra=self.extra or None,
                    )
        finally:
            await self._give_back()

    async def give_up(self) -> None:
        """End a run that has begun and that nobody will hear."""
        await self.run.give_up()
        await self._close(Stopped("cancelled"))

    async def _give_back(self) -> None:
        thread = self.run.context.thread_id
        if self._taken and thread is not None:
            self._taken = False
            await self.service.store.give_back(self._owner, thread)

    def _count(self) -> None:
        usage = self.said.usage or {}
        for name, kind in (("input_tokens", "input"), ("output_tokens", "output")):
            if usage.get(name):
                model = self.mount.name
                self.mount.tokens.labels(model, kind).inc(usage[name])


def _plus(so_far: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any] | None:
    if so_far is None or more is None:
        return more or so_far
    total = dict(so_far)
    for name, count in more.items():
        if isinstance(count, int):
            total[name] = total.get(name, 0) + count
    return total


def _add_call(calls: list[dict[str, Any]], part: dict[str, Any]) -> None:
    index = part.get("index")
    for known in calls:
        if index is not None and known.get("index") == index:
            known["arguments"] += part["arguments"]
            known["id"] = known["id"] or part.get("id")
            return
    calls.append(dict(part))
