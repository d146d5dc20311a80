"""Runs over deployment files whatever looks at their kind and is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pilothouse.deploy.errors import DeployError
from pilothouse.deploy.linters import LINTERS, Linter

Verdict = Literal["good", "bad", "not checked"]
SKIPPED: Final = frozenset(
    (".git", ".terraform", "node_modules", "__pycache__", "secrets", "wheels")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one tool says of one file."""

    tool: str
    file: str
    verdict: Verdict
    says: str = ""


def check(folder: Path) -> list[Finding]:
    """What each tool says of each file that it looks at; raises DeployError for an empty folder.

    A tool that is not installed is named once, with how many files went unchecked by it.
    """
    files = sorted(_files(folder))
    if not files:
        raise DeployError(f"there are no files in {folder}")
    found: list[Finding] = []
    for linter in LINTERS:
        theirs = [path for path in files if linter.takes(path, folder)]
        if theirs:
            found += _by(linter, theirs, folder)
    return found


def _by(linter: Linter, files: list[Path], folder: Path) -> Iterator[Finding]:
    missing = linter.missing()
    if missing:
        shown = files[0].relative_to(folder).as_posix()
        more = f" and {len(files) - 1} more" if len(files) > 1 else ""
        yield Finding(tool=linter.name, file=shown + more, verdict="not checked", says=missing)
        return
    for path in files:
        says = linter.run(path)
        yield Finding(
            tool=linter.name,
            file=path.relative_to(folder).as_posix(),
            verdict="bad" if says else "good",
            says=says,
        )


def _files(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise DeployError(f"there is no folder {folder}")
    for path in folder.rglob("*"):
        if path.is_file() and not SKIPPED & set(path.relative_to(folder).parts):
            yield path
