"""Fills the two kinds of templates: f-string and mustache. No template reaches into an object.

f-string: `{name}`, with a conversion (`!r`) and a short format (`:.2f`); `{{` and `}}` are braces.
mustache: `{{name}}`, `{{a.b}}` into objects, `{{#list}}…{{/list}}`, `{{^none}}…{{/none}}`,
`{{! remark }}`. As a prompt is no page, nothing is escaped: `{{x}}` and `{{{x}}}` are the same.
"""

from __future__ import annotations

import json
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from pilothouse.platform.errors import BadRequest

FORMATS: Final = ("f-string", "mustache")
FOREIGN: Final = "jinja2"
"""What LangChain may have written too: kept, but it could run code, so nobody fills it in here."""
DEEPEST: Final = 50
"""Sections within sections."""
LONGEST: Final = 4_000_000
"""Characters of a filled template: lists in sections would multiply without end."""
MOST_ROUNDS: Final = 200_000
"""Through the lists of a template: those within each other may write nothing and never end."""
_TAG: Final = re.compile(r"\{\{(?:\{\s*([^{}]+?)\s*\}\}\}|\s*([#^/!&>=]?)\s*([^{}]*?)\s*\}\})")
_SPEC: Final = re.compile(r"[^{}]{0,20}")
_WIDE: Final = re.compile(r"\d{4,}")


def variables(template: str, template_format: str) -> list[str]:
    """The names that a template asks for, in their order; none of one that is not well formed."""
    if template_format == FOREIGN:
        return []
    try:
        if template_format == "mustache":
            return list(dict.fromkeys(_asked(_parsed(template), frozenset())))
        return list(dict.fromkeys(name for _, name, _, _ in _fields(template) if name is not None))
    except BadRequest:
        return []


def render(template: str, template_format: str, values: Mapping[str, Any]) -> str:
    """The template with its values. Raises BadRequest for a malformed one and missing values."""
    if template_format == FOREIGN:
        raise BadRequest(f"{FOREIGN} templates are kept, but not filled in")
    if template_format == "mustache":
        return _Filling(values).filled(_parsed(template))
    return _render_f_string(template, values)


# ---- f-string


def _fields(template: str) -> list[tuple[str, str | None, str, str]]:
    """(text before, name, format, conversion) of each field."""
    try:
        parsed = list(string.Formatter().parse(template))
    except ValueError as e:
        raise BadRequest(
            f"the template is not well formed: {e}; write a brace as {{{{ or }}}}"
        ) from e
    found = []
    for text, name, spec, conversion in parsed:
        if name is not None:
            if not name or any(sign in name for sign in ".[]{}"):
                raise BadRequest(
                    f"a template fills in names like {{question}}, not {{{name[:60]}}}"
                )
            if not _SPEC.fullmatch(spec or "") or _WIDE.search(spec or ""):
                raise BadRequest(f"{{{name[:60]}:…}}: the format is too long or has braces")
        found.append((text, name, spec or "", conversion or ""))
    return found


def _render_f_string(template: str, values: Mapping[str, Any]) -> str:
    parts = []
    for text, name, spec, conversion in _fields(template):
        parts.append(text)
        if name is None:
            continue
        if name not in values:
            raise BadRequest(f"variable {name!r} has no value", {"variable": name})
        value = values[name]
        if conversion:
            value = str(value) if conversion == "s" else repr(value)
        elif not spec:
            value = text_of(value)
        try:
            parts.append(format(value, spec))
        except (TypeError, ValueError) as e:
            raise BadRequest(f"variable {name!r} cannot be written as {spec!r}: {e}") from e
    return _bounded("".join(parts))


def text_of(value: Any) -> str:
    """A value as it stands in a text: strings as they are, the rest as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


# ---- mustache


@dataclass(slots=True)
class _Section:
    name: str
    inverted: bool = False
    parts: list[Any] = field(default_factory=list)
    """Texts, names as `_Name`, and sections."""


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


def _parsed(template: str) -> _Section:
    root = _Section("")
    open_sections = [root]
    end = 0
    for tag in _TAG.finditer(template):
        before = template[end : tag.start()]
        end = tag.end()
        sign = tag[2] or ""
        if sign and sign in "#^/!":
            before, end = _alone_on_its_line(template, tag, before)
        if before:
            open_sections[-1].parts.append(before)
        _take(open_sections, sign, tag[1] or tag[3])
    if len(open_sections) > 1:
        raise BadRequest(f"section {{{{#{open_sections[-1].name[:60]}}}}} is not closed")
    if template[end:]:
        root.parts.append(template[end:])
    return root


def _take(open_sections: list[_Section], sign: str, name: str) -> None:
    """Add what a tag says to the section that is open."""
    match sign:
        case "!":
            return
        case ">" | "=":
            raise BadRequest("a mustache template has no partials and no other delimiters here")
        case "#" | "^":
            section = _Section(_checked(name), inverted=sign == "^")
            open_sections[-1].parts.append(section)
            open_sections.append(section)
            if len(open_sections) > DEEPEST:
                raise BadRequest(f"sections may lie {DEEPEST} deep, not deeper")
        case "/":
            if len(open_sections) == 1 or open_sections[-1].name != name:
                raise BadRequest(f"{{{{/{name[:60]}}}}} closes a section that is not open")
            open_sections.pop()
        case _:
            open_sections[-1].parts.append(_Name(_checked(name)))


def _alone_on_its_line(template: str, tag: re.Match[str], before: str) -> tuple[str, int]:
    """A section tag that stands alone on its line takes the line with it, as mustache says."""
    line_start = template.rfind("\n", 0, tag.start()) + 1
    line_end = template.find("\n", tag.end())
    line_end = len(template) if line_end < 0 else line_end
    left, right = template[line_start : tag.start()], template[tag.end() : line_end]
    if left.strip() or right.strip() or len(before) < len(left):
        return before, tag.end()
    return before[: len(before) - len(left)], min(line_end + 1, len(template))


def _checked(name: str) -> str:
    if not name or len(name) > 200:
        raise BadRequest("a mustache tag has a name of 1 to 200 characters")
    return name


def _asked(section: _Section, inner: frozenset[str]) -> list[str]:
    """First words of the names that a section asks its surroundings for."""
    names = []
    for part in section.parts:
        if isinstance(part, str):
            continue
        first = part.name.split(".")[0]
        if first and part.name != "." and first not in inner:
            names.append(first)
        if isinstance(part, _Section) and part.inverted:
            names += _asked(part, inner)
        # What stands in a section may be a member of its value: no variable of the template's own.
    return names


class _Filling:
    """Fills one template; the innermost section's value is looked into first."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._scopes: list[Any] = [values]
        self._length = 0
        self._rounds = 0

    def filled(self, section: _Section) -> str:
        return "".join(self._part(part) for part in section.parts)

    def _part(self, part: str | _Name | _Section) -> str:
        if isinstance(part, str):
            text = part
        elif isinstance(part, _Name):
            found, value = self._found(part.name)
            if not found and len(self._scopes) == 1:
                first = part.name.split(".")[0]
                raise BadRequest(f"variable {first!r} has no value", {"variable": first})
            text = "" if value is None else text_of(value)
        else:
            return self._section(part)
        self._length += len(text)
        if self._length > LONGEST:
            raise BadRequest(f"the filled template is longer than {LONGEST} characters")
        return text

    def _section(self, section: _Section) -> str:
        _, value = self._found(section.name)
        is_there = value not in (None, False, "", 0) and value != [] and value != {}
        if section.inverted:
            return "" if is_there else self.filled(section)
        if not is_there:
            return ""
        each: Sequence[Any] = value if isinstance(value, list | tuple) else [value]
        parts = []
        for one in each:
            self._rounds += 1
            if self._rounds > MOST_ROUNDS:
                raise BadRequest(f"the template goes through more than {MOST_ROUNDS} list items")
            self._scopes.append(one)
            parts.append(self.filled(section))
            self._scopes.pop()
        return "".join(parts)

    def _found(self, name: str) -> tuple[bool, Any]:
        if name == ".":
            return True, self._scopes[-1]
        first, *rest = name.split(".")
        for scope in reversed(self._scopes):
            if isinstance(scope, Mapping) and first in scope:
                value = scope[first]
                break
        else:
            return False, None
        for word in rest:
            if not isinstance(value, Mapping) or word not in value:
                return False, None
            value = value[word]
        return True, value


def _bounded(text: str) -> str:
    if len(text) > LONGEST:
        raise BadRequest(f"the filled template is longer than {LONGEST} characters")
    return text
