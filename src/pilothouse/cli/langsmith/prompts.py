"""Prompts, agents and skills with all their versions, and the tags that name some of these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pilothouse.cli.langsmith.api import PAGE, PLATFORM, Api, Json, Refused
from pilothouse.cli.langsmith.ends import Ends, only

_ABOUT: Final = ("repo_handle", "repo_type", "description", "readme", "tags", "is_public")


class Prompts:
    """Copies prompts, and agents and skills, whose versions are directories of files."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._source, self._target = ends.source, ends.target
        self._state, self._progress = ends.state, ends.progress

    def everything(self) -> None:
        """All of one's own, archived ones too."""
        own = self._source.get("/settings").get("id")
        self._kind("prompt", own)
        with self._ends.optional("agents and skills"):
            self._kind("agent", own)
            self._kind("skill", own)

    def _kind(self, kind: str, own: str | None) -> None:
        for archived in ("false", "true"):
            for repo in self._repos(kind, archived):
                if own and repo.get("tenant_id") not in (None, own):
                    continue  # somebody else's public prompt
                if repo.get("repo_type", kind) == kind:
                    self._repo(repo, kind)

    def _repos(self, kind: str, archived: str) -> Iterator[Json]:
        offset = 0
        while True:
            page = {"limit": PAGE, "offset": offset}
            answer = self._source.get("/repos", **page, repo_type=kind, is_archived=archived)
            yield from answer["repos"]
            offset += len(answer["repos"])
            if not answer["repos"] or offset >= answer["total"]:
                return

    def _repo(self, repo: Json, kind: str) -> None:
        name, step = repo["repo_handle"], f"prompt {repo['id']}"
        if self._state.get(step) is True:
            return
        self._progress.show(f"{kind} {name}")
        done = self._state.get(step)
        if done is None:
            try:
                self._target.post("/repos", only(repo, _ABOUT))
            except Refused as refused:
                if refused.status != 409:
                    raise
            self._state.copied[f"{kind}s"] += 1
            self._state.keep(step, 0)
        owner = repo.get("owner") or "-"
        commits = _commits(self._source, owner, name)
        for commit in commits[int(done or 0) :]:
            self._commit(owner, name, kind, commit)
            self._state.copied[f"versions of {kind}s"] += 1
            self._state.keep(step, int(self._state.get(step)) + 1)
        with self._ends.optional("tags of prompts"):
            self._tags(owner, name, commits)
        if repo.get("is_archived"):
            self._target.ask("PATCH", f"/repos/-/{name}", body={"is_archived": True})
        self._state.keep(step)

    def _commit(self, owner: str, name: str, kind: str, commit: Json) -> None:
        about = {"parent_commit": None, "description": commit.get("description")}
        ref = commit["commit_hash"]
        if kind == "prompt":
            path = f"/commits/-/{name}"
            pulled = self._source.get(f"/commits/{owner}/{name}/{ref}", include_model="true")
            body = {"manifest": pulled["manifest"]}
        else:
            path = f"{PLATFORM}/hub/repos/-/{name}/directories/commits"
            body = {"files": self._changes(owner, name, ref)}
        try:
            self._target.post(path, {**about, **body})
        except Refused as refused:
            if refused.status != 409:  # the newest is the same: it was written before a stop
                raise

    def _changes(self, owner: str, name: str, ref: str) -> Json:
        """The files of a version, and null for those that only the newest of the copy has."""
        hub = "/hub/repos/{}/{}/directories"
        read = self._source.platform(hub.format(owner, name))
        files: Json = self._source.get(read, commit=ref)["files"]
        try:
            before: Json = self._target.get(PLATFORM + hub.format("-", name))["files"]
        except Refused as refused:
            if refused.status != 404:  # it has no version yet
                raise
            before = {}
        return {**dict.fromkeys(before), **files}

    def _tags(self, owner: str, name: str, commits: list[Json]) -> None:
        """Tags point at the versions that they point at there; hashes may differ here.

        What was copied are the newest versions of the copy.
        """
        tags = self._source.get(f"/repos/{owner}/{name}/tags")
        if not tags:
            return
        copies = _commits(self._target, "-", name)
        same = zip(reversed(commits), reversed(copies), strict=False)
        copy_of = {there["id"]: here["commit_hash"] for there, here in same}
        for tag in tags:
            if tag["commit_id"] in copy_of:
                to = {"tag_name": tag["tag_name"], "commit_id": copy_of[tag["commit_id"]]}
                self._target.post(f"/repos/-/{name}/tags", to)
                self._state.copied["tags of prompts"] += 1


def _commits(api: Api, owner: str, name: str) -> list[Json]:
    """The versions of a prompt, the oldest first."""
    found: list[Json] = []
    while True:
        answer = api.get(f"/commits/{owner}/{name}", limit=PAGE, offset=len(found))
        found += answer["commits"]
        if not answer["commits"] or len(found) >= answer["total"]:
            return found[::-1]
