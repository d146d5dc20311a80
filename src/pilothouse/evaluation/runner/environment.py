"""With what an experiment was run: the revision of the code and the versions of packages."""

from __future__ import annotations

import functools
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

_PACKAGES: Final = ("pilothouse", "numpy", "scipy", "langchain-core", "openai", "anthropic")


def environment() -> dict[str, Any]:
    """What a reader needs in order to run the same again."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: found for name in _PACKAGES if (found := _version(name))},
        "git": _revision(Path.cwd()),
    }


@functools.cache
def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _revision(folder: Path) -> str | None:
    """The commit that is checked out, read from Git's files: Git itself need not be there."""
    for parent in (folder, *folder.parents):
        git = parent / ".git"
        try:
            if git.is_file():  # a work tree beside its repository
                git = parent / git.read_text("utf-8").removeprefix("gitdir:").strip()
            if not git.is_dir():
                continue
            head = (git / "HEAD").read_text("utf-8").strip()
            if not head.startswith("ref: "):
                return head
            return _ref(git, head.removeprefix("ref: "))
        except OSError:
            return None
    return None


def _ref(git: Path, name: str) -> str | None:
    common = git / "commondir"
    if common.is_file():
        git = git / common.read_text("utf-8").strip()
    if (git / name).is_file():
        return (git / name).read_text("utf-8").strip()
    packed = git / "packed-refs"
    if packed.is_file():
        for line in packed.read_text("utf-8").splitlines():
            if line.endswith(f" {name}"):
                return line.partition(" ")[0]
    return None
