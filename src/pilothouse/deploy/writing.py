"""Files onto the disk: never over somebody's own changes, unless that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilothouse.deploy.errors import DeployError

SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What was done."""

    new: tuple[str, ...]
    replaced: tuple[str, ...]
    same: tuple[str, ...]


def write(files: Mapping[str, str], out: Path, *, force: bool = False) -> Written:
    """Write files below a folder; what is there and equal stays as it is.

    Raises DeployError, and writes nothing, where a file is there and differs.
    """
    new, changed, same = [], [], []
    for name, text in files.items():
        path = out / name
        _stays_within(out, path)
        if not path.exists() and not path.is_symlink():
            new.append(name)
        elif path.is_file() and path.read_bytes() == text.encode():
            same.append(name)
        else:
            changed.append(name)
    if changed and not force:
        more = f" and {len(changed) - SHOWN} more" if len(changed) > SHOWN else ""
        raise DeployError(
            f"in {out} there are already other {', '.join(changed[:SHOWN])}{more}; "
            "choose another --out, or --force to write over them"
        )
    for name in (*new, *changed):
        _put(out / name, files[name])
    return Written(new=tuple(new), replaced=tuple(changed), same=tuple(same))


def _stays_within(out: Path, path: Path) -> None:
    if not path.resolve().is_relative_to(out.resolve()):
        raise DeployError(f"{path} leads out of {out}: remove the link")


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise DeployError(f"{path} is a folder")
    beside = path.with_name(path.name + ".new")
    beside.write_text(text, "utf-8", newline="\n")
    beside.replace(path)
