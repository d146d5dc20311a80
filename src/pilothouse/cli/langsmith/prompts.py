"""Prompts with all their versions."""

from __future__ import annotations

from collections.abc import Iterator

from pilothouse.cli.langsmith.api import PAGE, Json, Refused
from pilothouse.cli.langsmith.ends import Ends, only


class Prompts:
    """Copies prompts."""

    def __init__(self, ends: Ends) -> None:
        self._source, self._target = ends.source, ends.target
        self._state, self._progress = ends.state, ends.progress

    def everything(self) -> None:
        """All prompts of one's own, archived ones too."""
        own = self._source.get("/settings").get("id")
        for archived in ("false", "true"):
            for repo in self._repos(archived):
                if own and repo.get("tenant_id") not in (None, own):
                    continue  # somebody else's public prompt
                self._prompt(repo)

    def _repos(self, archived: str) -> Iterator[Json]:
        offset = 0
        while True:
            answer = self._source.get("/repos", limit=PAGE, offset=offset, is_archived=archived)
            yield from answer["repos"]
            offset += len(answer["repos"])
            if not answer["repos"] or offset >= answer["total"]:
                return

    def _prompt(self, repo: Json) -> None:
        name, step = repo["repo_handle"], f"prompt {repo['id']}"
        if self._state.get(step) is True:
            return
        self._progress.show(f"prompt {name}")
        done = self._state.get(step)
        if done is None:
            about = ("repo_handle", "description", "readme", "tags", "is_public")
            try:
                self._target.post("/repos", only(repo, about))
            except Refused as refused:
                if refused.status != 409:
                    raise
            self._state.copied["prompts"] += 1
            self._state.keep(step, 0)
        owner = repo.get("owner") or "-"
        commits = self._commits(owner, name)
        for commit in commits[int(done or 0) :]:
            self._commit(owner, name, commit)
            self._state.copied["versions of prompts"] += 1
            self._state.keep(step, int(self._state.get(step)) + 1)
        if repo.get("is_archived"):
            self._target.ask("PATCH", f"/repos/-/{name}", body={"is_archived": True})
        self._state.keep(step)

    def _commits(self, owner: str, name: str) -> list[Json]:
        """The versions of a prompt, the oldest first."""
        found: list[Json] = []
        while True:
            answer = self._source.get(f"/commits/{owner}/{name}", limit=PAGE, offset=len(found))
            found += answer["commits"]
            if not answer["commits"] or len(found) >= answer["total"]:
                return found[::-1]

    def _commit(self, owner: str, name: str, commit: Json) -> None:
        ref = commit["commit_hash"]
        pulled = self._source.get(f"/commits/{owner}/{name}/{ref}", include_model="true")
        body = {"manifest": pulled["manifest"], "description": commit.get("description")}
        try:
            self._target.post(f"/commits/-/{name}", {"parent_commit": None, **body})
        except Refused as refused:
            if refused.status != 409:  # the newest is the same: it was written before a stop
                raise
