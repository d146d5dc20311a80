"""The registry of prompts: versions that never change, and labels that are moved between them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.prompts import diff, directories, rendering
from pilothouse.platform.prompts import manifest as manifests
from pilothouse.platform.prompts import records as kept
from pilothouse.platform.prompts.models import (
    LATEST,
    SHORTEST_HASH,
    Commit,
    Label,
    Manifest,
    Move,
    Prompt,
    PromptKind,
    PromptQuery,
    canonical,
    checked_label,
    checked_name,
    hash_of,
)
from pilothouse.platform.prompts.records import Page
from pilothouse.platform.records import Records, Session

Prompts = list[Prompt]  # names for annotations: in the class, `list` is a method
Commits = list[Commit]
Labels = list[Label]
Messages = list[dict[str, Any]]


class PromptService:
    """Prompts by name; `by` and `account` are the name of who asks."""

    def __init__(self, records: Records) -> None:
        self._records = records

    # ---- prompts

    def create(
        self,
        name: str,
        *,
        kind: PromptKind = "prompt",
        description: str = "",
        readme: str = "",
        tags: Sequence[str] = (),
        is_public: bool = False,
        by: str = "",
    ) -> Prompt:
        """A new prompt without versions. Raises BadRequest, Conflict when the name is taken."""
        values = {
            "name": checked_name(name),
            "kind": kind,
            "description": description,
            "readme": readme,
            "tags": tags,
            "is_public": is_public,
        }
        with self._records.write() as session:
            if not kept.add(session, str(uuid.uuid4()), values, by):
                raise Conflict(f"there is a prompt {name!r} already")
            return _existing(session, name, by)

    def get(self, name: str, *, account: str = "", count_view: bool = False) -> Prompt:
        """The prompt of a name. Raises NotFound."""
        if not count_view:
            with self._records.read() as session:
                return _existing(session, name, account)
        with self._records.write() as session:
            kept.seen(session, _existing(session, name, account).id)
            return _existing(session, name, account)

    def list(
        self, query: PromptQuery | None = None, page: Page | None = None, *, account: str = ""
    ) -> Prompts:
        """Prompts, the last changed first unless the page says otherwise."""
        with self._records.read() as session:
            return kept.page(session, query or PromptQuery(), page or Page(), account)

    def count(self, query: PromptQuery | None = None) -> int:
        """How many prompts a query finds."""
        with self._records.read() as session:
            return kept.count(session, query or PromptQuery())

    def change(
        self,
        name: str,
        *,
        new_name: str | None = None,
        description: str | None = None,
        readme: str | None = None,
        tags: Sequence[str] | None = None,
        is_public: bool | None = None,
        is_archived: bool | None = None,
        account: str = "",
    ) -> Prompt:
        """The prompt after the given changes; None leaves as it is. Raises NotFound, Conflict."""
        given: dict[str, Any] = {
            "name": None if new_name is None else checked_name(new_name),
            "description": description,
            "readme": readme,
            "tags": None if tags is None else tuple(tags),
            "is_public": is_public,
            "is_archived": is_archived,
        }
        changes = {key: value for key, value in given.items() if value is not None}
        with self._records.write() as session:
            session.hold("prompts", name=name)
            prompt = _existing(session, name, account)
            if new_name not in {None, name} and kept.named(session, str(new_name)) is not None:
                raise Conflict(f"there is a prompt {new_name!r} already")
            kept.change(session, dataclasses.replace(prompt, **changes))
            return _existing(session, new_name or name, account)

    def delete(self, name: str) -> None:
        """Remove a prompt with all its versions. Raises NotFound."""
        with self._records.write() as session:
            kept.remove(session, _existing(session, name).id)

    def like(self, name: str, account: str, *, on: bool = True) -> int:
        """How many like the prompt, after this account does or does not. Raises NotFound."""
        with self._records.write() as session:
            kept.like(session, _existing(session, name).id, account, on=on)
            return _existing(session, name).likes

    # ---- versions

    def commit(
        self,
        name: str,
        manifest: Manifest,
        *,
        parent: str | None = None,
        description: str = "",
        by: str = "",
    ) -> Commit:
        """A new version on top of the newest, which `parent` names if it is given.

        Raises BadRequest for a wrong manifest, NotFound, and Conflict when nothing changed or the
        parent is not the newest any more. The same request again gives the same version.
        """
        with self._records.write() as session:
            prompt = _existing(session, name)
            if prompt.kind != "prompt":
                raise BadRequest(f"{name!r} is a {prompt.kind}: commit files to it")
            checked = manifests.check(manifest)
            return _commit(session, prompt, checked, parent, description, by)

    def commit_plain(
        self,
        name: str,
        plain: Mapping[str, Any],
        *,
        parent: str | None = None,
        description: str = "",
        by: str = "",
    ) -> Commit:
        """As `commit`, from the plain form."""
        manifest = manifests.manifest_of(plain)
        return self.commit(name, manifest, parent=parent, description=description, by=by)

    def commit_files(
        self,
        name: str,
        files: Mapping[str, directories.Entry | None],
        *,
        parent: str | None = None,
        description: str = "",
        by: str = "",
    ) -> Commit:
        """A version of an agent or a skill: the given files replace, null deletes, others stay."""
        with self._records.write() as session:
            session.hold("prompts", name=name)
            prompt = _existing(session, name)
            if prompt.kind == "prompt":
                raise BadRequest(f"{name!r} is a prompt and has no files")
            newest = kept.latest(session, prompt.id)
            base = newest.manifest if newest is not None else None
            manifest = directories.with_changes(base, files)
            return _commit(session, prompt, manifest, parent, description, by)

    def commits(
        self, name: str, *, limit: int = 50, offset: int = 0, before: int | None = None
    ) -> Commits:
        """The versions of a prompt, the newest first. Raises NotFound."""
        with self._records.read() as session:
            prompt = _existing(session, name)
            return kept.commits(session, prompt.id, limit=limit, offset=offset, before=before)

    def resolve(self, name: str, ref: str = LATEST, *, count_download: bool = False) -> Commit:
        """The version that `latest`, a label, a number, or a hash or its beginning names.

        Raises NotFound, and Conflict when several hashes begin so.
        """
        if not count_download:
            with self._records.read() as session:
                return _resolved(session, _existing(session, name), ref)
        with self._records.write() as session:
            commit = _resolved(session, _existing(session, name), ref)
            kept.pulled(session, commit.prompt_id, commit.id)
            return dataclasses.replace(commit, downloads=commit.downloads + 1)

    def diff(self, name: str, before: str, after: str) -> diff.Difference:
        """What differs between two versions. Raises NotFound, Conflict."""
        with self._records.read() as session:
            prompt = _existing(session, name)
            old, new = _resolved(session, prompt, before), _resolved(session, prompt, after)
        names = (f"{name}:{old.number}", f"{name}:{new.number}")
        return diff.difference(old.manifest, new.manifest, names)

    def render(self, name: str, ref: str, values: Mapping[str, Any]) -> Messages:
        """The messages of a version with its variables filled in. Raises BadRequest, NotFound."""
        commit = self.resolve(name, ref)
        if "files" in commit.manifest:
            raise BadRequest(f"{name!r} is a folder of files and cannot be filled in")
        return rendering.rendered(manifests.plain(dict(commit.manifest)), values)

    # ---- labels

    def labels(self, name: str) -> Labels:
        """The labels of a prompt by name. Raises NotFound."""
        with self._records.read() as session:
            return kept.labels(session, _existing(session, name).id)

    def label(self, name: str, label: str, ref: str, *, by: str = "") -> Move:
        """Point a label at a version, named by its id or as `resolve` takes it.

        What points there already stays as it is. Raises BadRequest, NotFound, Conflict.
        """
        checked_label(label)
        with self._records.write() as session:
            prompt = _existing(session, name)
            commit = kept.commit(session, ref)
            if commit is None or commit.prompt_id != prompt.id:
                commit = _resolved(session, prompt, ref)
            previous = kept.label(session, prompt.id, label)
            if previous is not None and previous.commit_id == commit.id:
                return Move(label=previous, previous=previous)
            kept.move_label(session, prompt.id, label, commit.id, by)
            moved = kept.label(session, prompt.id, label)
        assert moved is not None
        return Move(label=moved, previous=previous)

    def unlabel(self, name: str, label: str) -> None:
        """Remove a label. Raises NotFound."""
        with self._records.write() as session:
            if not kept.remove_label(session, _existing(session, name).id, label):
                raise NotFound(f"prompt {name!r} has no label {label!r}")


def _existing(session: Session, name: str, account: str = "") -> Prompt:
    prompt = kept.named(session, name, account)
    if prompt is None:
        raise NotFound(f"there is no prompt {name!r}", {"name": name})
    return prompt


def _resolved(session: Session, prompt: Prompt, ref: str) -> Commit:
    found = _found(session, prompt, ref.strip())
    if found is None:
        raise NotFound(
            f"prompt {prompt.name!r} has no version {ref!r}", {"name": prompt.name, "ref": ref}
        )
    return found


def _found(session: Session, prompt: Prompt, ref: str) -> Commit | None:
    if ref == LATEST:
        return kept.latest(session, prompt.id)
    label = kept.label(session, prompt.id, ref)
    if label is not None:
        return kept.commit(session, label.commit_id)
    if ref.isascii() and ref.isdigit() and len(ref) < 10:
        commit = kept.of_number(session, prompt.id, int(ref))
        if commit is not None:
            return commit
    prefix = ref.lower()
    if len(prefix) < SHORTEST_HASH or not set(prefix) <= set("0123456789abcdef"):
        return None
    found = kept.of_hash(session, prompt.id, prefix)
    if len(found) > 1:
        raise Conflict(
            f"several versions of prompt {prompt.name!r} begin with {ref!r}; write more of the hash"
        )
    return found[0] if found else None


def _commit(
    session: Session,
    prompt: Prompt,
    manifest: Manifest,
    parent: str | None,
    description: str,
    by: str,
) -> Commit:
    session.hold("prompts", id=prompt.id)
    newest = kept.latest(session, prompt.id)
    text = canonical(manifest)
    is_same = newest is not None and canonical(newest.manifest) == text
    if newest is not None and parent and not _names(parent, newest):
        if is_same and newest.parent_hash.startswith(parent):
            return newest  # the same request once more: its first answer was lost on the way
        raise Conflict(
            f"the newest version of prompt {prompt.name!r} is {newest.hash[:8]}, "
            f"not {parent[:80]!r}: somebody else committed meanwhile",
            {"latest": newest.hash},
        )
    if newest is None and parent:
        raise Conflict(f"prompt {prompt.name!r} has no version yet, so none is {parent[:80]!r}")
    if newest is not None and is_same:
        raise Conflict(
            f"nothing to commit: the newest version of prompt {prompt.name!r} is the same",
            {"latest": newest.hash},
        )
    parent_hash = newest.hash if newest is not None else ""
    commit_id = str(uuid.uuid4())
    made = Commit(
        id=commit_id,
        prompt_id=prompt.id,
        number=newest.number + 1 if newest is not None else 1,
        hash=hash_of(parent_hash, manifest),
        parent_hash=parent_hash,
        parent_id=newest.id if newest is not None else "",
        manifest=manifest,
        description=description,
        downloads=0,
        created_by=by,
        created_at=prompt.created_at,
    )
    kept.add_commit(session, made)
    stored = kept.commit(session, commit_id)
    assert stored is not None
    return stored


def _names(parent: str, newest: Commit) -> bool:
    """Whether what a client calls the parent is the newest version."""
    if parent in {LATEST, str(newest.number)}:
        return True
    return len(parent) >= SHORTEST_HASH and newest.hash.startswith(parent.lower())
