"""Pieces of messages that two protocols write differently: texts, pictures, files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pilothouse.gateway.errors import Refused

Json = dict[str, Any]
ODD: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a body raises that is not what its protocol says."""
_DATA: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w=.+-]+)*;base64,", re.ASCII)


class Untranslatable(Exception):
    """An answer that is not what the provider's protocol says."""


def refused(what: str, param: str) -> Refused:
    """That a request says something which the provider's protocol cannot."""
    return Refused(400, "not_translatable", what, param=param, is_final=True)


def objects(value: Any) -> Iterator[Json]:
    """The objects of a list."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def listed(content: Any, kind: str = "text") -> list[Json]:
    """A content as a list of parts, whether it was written as one or as a text."""
    if isinstance(content, str):
        return [{"type": kind, "text": content}] if content else []
    return list(objects(content))


def text_of(content: Any) -> str:
    """The texts of a content, one after another."""
    if isinstance(content, str):
        return content
    texts = (each.get("text") for each in objects(content))
    return "".join(each for each in texts if isinstance(each, str))


def plain(parts: Iterable[Json]) -> str | list[Json]:
    """Parts as one text where all of them are nothing else."""
    found = list(parts)
    if all(set(each) == {"type", "text"} for each in found):
        return "\n".join(each["text"] for each in found) if len(found) != 1 else found[0]["text"]
    return found


def source_of(address: str) -> Json:
    """An address as Anthropic's source of a picture or document."""
    found = _DATA.match(address)
    if found is not None:
        return {"type": "base64", "media_type": found[1], "data": address[found.end() :]}
    if not address.startswith(("https://", "http://")):
        raise refused("an address must be a data: URI in base64 or begin with https://", "messages")
    return {"type": "url", "url": address}


def address_of(source: Any) -> str:
    """Anthropic's source as an address."""
    if isinstance(source, dict) and source.get("type") == "base64":
        return f"data:{source['media_type']};base64,{source['data']}"
    if isinstance(source, dict) and source.get("type") == "url":
        return str(source["url"])
    raise refused("a file of the provider's own cannot be passed to another provider", "messages")
