"""From templates and values to files.

Templates lie in `templates/`, one folder a target. One whose name ends in `.j2` is filled; one with
`{service}` in its name is filled for each service; one that comes out empty makes no file. Others
are taken as they are. The marks are `<< >>` and `<% %>`: those of Jinja are Helm's too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pilothouse.deploy.errors import DeployError
from pilothouse.deploy.targets import TARGETS, target_of
from pilothouse.deploy.values import Values

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES: Final = Path(__file__).parent / "templates"
PLAIN: Final = re.compile(r"[\w ./:@,+=*%()\[\]{}\"'$;|>&-]*")
"""What may be put between others' marks as it is; values themselves are checked before."""


def files_of(target: str, values: Values) -> dict[str, str]:
    """Every file of a target by its path.

    Raises DeployError for an unknown target, or one that has no place for what is deployed.
    """
    environment, chosen = _environment(), target_of(target)
    if not any(service.kind in chosen.kinds for service in values.services):
        raise DeployError(
            f"{target} has no place for the platform, which keeps a disk: give --app or --search"
        )
    return {
        name: text
        for folder in chosen.folders
        for name, text in _of_folder(environment, folder, values)
    }


def next_steps(target: str, values: Values, *, out: str) -> str:
    """What to do with the files, in one screen."""
    template = _environment().get_template(f"next/{target}.j2")
    return template.render(v=values, out=out, shown=TARGETS[target].sentence).strip() + "\n"


def _of_folder(environment: Environment, folder: str, values: Values) -> Iterator[tuple[str, str]]:
    root = TEMPLATES / folder
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        name = path.relative_to(root).as_posix()
        if not name.endswith(".j2"):
            yield name, path.read_text("utf-8")
            continue
        template = environment.get_template(f"{folder}/{name}")
        name = name.removesuffix(".j2")
        each = values.services if "{service}" in name else (None,)
        for service in each:
            text = template.render(v=values, service=service).strip("\n")
            if text.strip():
                shown = name if service is None else name.replace("{service}", service.name)
                yield shown, text + "\n"


def _environment() -> Environment:
    if find_spec("jinja2") is None:
        raise DeployError("`pilothouse deploy` needs Jinja: pip install 'pilothouse[deploy]'")
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - no HTML is made; `_plain` looks at all that is put in
        finalize=_plain,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _plain(value: Any) -> Any:
    """A value as it stands in a file; raises DeployError for what could be read as more."""
    text = str(value)
    if not PLAIN.fullmatch(text):
        raise DeployError(f"{text!r} cannot stand in a file as it is")
    return text
