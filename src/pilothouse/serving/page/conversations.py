"""Conversations as the page lists, opens, names and deletes them, and what is said of answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from pilothouse.serving.attachments import PART, accepted, is_accepted, part_of
from pilothouse.serving.call import Call
from pilothouse.serving.chat import text_of_content
from pilothouse.serving.errors import InvalidInput, Refusal
from pilothouse.serving.feedback import Feedback
from pilothouse.serving.page.access import Access
from pilothouse.serving.replies import Answer, Reply, json_answer
from pilothouse.serving.routing import Router
from pilothouse.serving.service import Service
from pilothouse.serving.store.branches import Branch, Branches
from pilothouse.serving.store.files import FileStore
from pilothouse.serving.store.listing import Listing
from pilothouse.serving.store.models import Message, Thread

PAGE: Final = "chat_page"
"""Key of a thread's metadata: the mount whose page it was begun on."""
SETTINGS: Final = "settings"
FEEDBACK: Final = "user_feedback"
MOST: Final = 200
TITLE_CHARS: Final = 200
SETTINGS_KEYS: Final = 100
KIND_CHARS: Final = 100
SHOWN_IMAGES: Final = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
ALONE: Final = (
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"private, max-age=31536000, immutable"),
)
T: Final = "/ui/api/threads/{thread}"


class Conversations:
    """Their routes."""

    def __init__(self, service: Service, access: Access, feedback: Feedback) -> None:
        self.service = service
        self._access = access
        self._feedback = feedback
        self._branches = Branches(service.store)
        self._files = FileStore(service.store)
        self._listing = Listing(service.store)

    def add_to(self, router: Router) -> None:
        """Below /ui/api."""
        router.add("GET", "/ui/api/threads", self.list, scope="")
        router.add("GET", T, self.one, scope="")
        router.add("PATCH", T, self.change, scope="")
        router.add("DELETE", T, self.delete, scope="")
        router.add("GET", T + "/messages", self.messages, scope="")
        router.add("POST", T + "/shown", self.show, scope="")
        router.add("POST", T + "/files", self.attach, scope="")
        router.add("GET", T + "/files/{file}", self.file, scope="")
        router.add("POST", "/ui/api/feedback", self.judge, scope="")

    async def list(self, call: Call) -> Reply:
        """The newest first, by name or by words of their messages."""
        owner, query = self._access.owner(call), call.query
        limit = _number(query, "limit", 30)
        found = await self._listing.read(
            owner,
            page=query.get("mount", ""),
            words=query.get("q", "").strip()[:200],
            before=_number(query, "before", 0) or None,
            limit=limit,
        )
        threads = [thread_json(thread) for thread in found]
        return json_answer({"items": threads, "more": len(found) == limit})

    async def one(self, call: Call) -> Reply:
        """One, with the run that is at work on it."""
        owner, named = self._access.owner(call), call.params["thread"]
        thread = await self.service.store.thread(owner, named)
        runs = await self.service.journals.of_thread(owner, named)
        busy = next((run.id for run in runs if run.status == "running"), None)
        return json_answer({**thread_json(thread), "running": busy})

    async def change(self, call: Call) -> Reply:
        """Another name, other settings."""
        owner = self._access.owner(call)
        body = await call.json()
        title, settings = body.get("title"), body.get("settings")
        if title is not None and (not isinstance(title, str) or not title.strip()):
            raise InvalidInput("title must be a text that says something")
        if settings is not None and (
            not isinstance(settings, dict) or len(settings) > SETTINGS_KEYS
        ):
            raise InvalidInput("settings must be an object")
        changed = await self.service.store.change_thread(
            owner,
            call.params["thread"],
            title=None if title is None else title.strip()[:TITLE_CHARS],
            metadata=None if settings is None else {SETTINGS: settings},
        )
        return json_answer(thread_json(changed))

    async def delete(self, call: Call) -> Reply:
        """All of it; a run that is at work on it is ended."""
        owner, named = self._access.owner(call), call.params["thread"]
        await self.service.store.delete_thread(owner, named)
        self.service.journals.forget(owner, named)
        return Answer(b"", status=204, headers=[])

    async def messages(self, call: Call) -> Reply:
        """The last ones of the branch that is shown, or those before one."""
        owner, named = self._access.owner(call), call.params["thread"]
        limit = _number(call.query, "limit", 50)
        before = _number(call.query, "before", 0) or None
        await self.service.store.thread(owner, named)
        branch = await self._branches.read(owner, named, before=before, limit=limit)
        said = await self._said(owner, branch.messages)
        told = [message_json(message, branch, said) for message in branch.messages]
        more = bool(branch.messages) and branch.messages[0].parent_seq > 0
        return json_answer({"items": told, "more": more})

    async def show(self, call: Call) -> Reply:
        """Go over to the branch of a message."""
        owner = self._access.owner(call)
        seq = (await call.json()).get("seq")
        if not isinstance(seq, int) or isinstance(seq, bool):
            raise InvalidInput("seq must be a number")
        await self._branches.show(owner, call.params["thread"], seq)
        return Answer(b"", status=204, headers=[])

    # --- files ---

    async def attach(self, call: Call) -> Reply:
        """Keep a file, which the body is; its name and mount stand in the query."""
        owner, named = self._access.owner(call), call.params["thread"]
        mount = self.service.mount(call.query.get("mount", ""))
        kind = (call.header("content-type") or "").partition(";")[0].strip().lower()
        allowed = accepted(None if mount is None else mount.shape, self.service.options.page_files)
        if not is_accepted(kind, allowed) or len(kind) > KIND_CHARS:
            raise Refusal(f"files of type {kind!r} are not taken here", status=415, code="bad_file")
        data = await call.body()
        await self.service.store.create_thread(
            owner, named, metadata={PAGE: "" if mount is None else mount.name}
        )
        name = call.query.get("name", "").strip() or "file"
        file = await self._files.keep(owner, named, name.replace("\x00", ""), kind, data)
        return json_answer(part_of(file), 201)

    async def file(self, call: Call) -> Reply:
        """An attached file; only plain pictures are shown in a page."""
        owner = self._access.owner(call)
        file = await self._files.read(owner, call.params["thread"], call.params["file"])
        shown = file.kind in SHOWN_IMAGES
        kind = file.kind if shown else "application/octet-stream"
        place = b"inline" if shown else b"attachment"
        head = [(b"content-type", kind.encode()), (b"content-disposition", place), *ALONE]
        return Answer(file.data, headers=head)

    # --- feedback ---

    async def judge(self, call: Call) -> Reply:
        """A thumb and a comment on an answer, which become a score of its trace."""
        owner = self._access.owner(call)
        body = await call.json()
        run = await self._run_of(owner, body.get("run_id"), body.get("thread_id"))
        kept = await self._feedback.keep(
            call, {**body, "run_id": run, "key": FEEDBACK, "source": "user"}
        )
        return json_answer({"score": kept.get("score"), "comment": kept.get("comment")}, 201)

    async def _run_of(self, owner: str, run_id: Any, thread_id: Any) -> str:
        if not isinstance(run_id, str) or not isinstance(thread_id, str):
            raise InvalidInput("run_id and thread_id must be texts")
        if not await self._listing.has_run(owner, thread_id, run_id):
            raise InvalidInput(f"the conversation has no answer of run {run_id!r}")
        return run_id

    async def _said(self, owner: str, messages: Sequence[Message]) -> dict[str, Any]:
        runs = {m.run_id for m in messages if m.run_id and m.role == "assistant"}
        found = await self._feedback.store.of_runs(owner, sorted(runs), FEEDBACK)
        return {
            each["run_id"]: {"score": each.get("score"), "comment": each.get("comment")}
            for each in found
        }


def thread_json(thread: Thread) -> dict[str, Any]:
    """As the page has it."""
    return {
        "id": thread.id,
        "title": thread.title,
        "created": _time(thread.created),
        "updated": _time(thread.updated),
        "place": thread.updated,
        "settings": thread.metadata.get(SETTINGS) or {},
    }


def message_json(
    message: Message, branch: Branch | None = None, said: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """As the page has it."""
    whole = message.plain()
    content = whole.get("content")
    parts = content if isinstance(content, list) else []
    files = [part for part in parts if isinstance(part, dict) and part.get("type") == PART]
    return {
        "seq": message.seq,
        "parent": message.parent_seq,
        "role": message.role,
        "text": text_of_content(content),
        "files": files,
        "run_id": message.run_id,
        "status": message.status,
        "created": _time(message.created),
        "beside": [] if branch is None else branch.beside.get(message.seq, []),
        "extra": message.extra or {},
        "feedback": (said or {}).get(message.run_id or ""),
    }


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise InvalidInput(f"{name} must be a whole number")
    number = int(text)
    return min(number, MOST) if name == "limit" and number else number or default


def _time(micros: int) -> str:
    return datetime.fromtimestamp(micros / 1e6, UTC).isoformat()
