"""Source code as a model writes it: bare, or within fences of Markdown."""

from __future__ import annotations

import re
from typing import Final

_FENCED: Final = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n]*\n(.*?)^[ \t]*\1", re.MULTILINE | re.DOTALL
)


def source_of(text: str, *languages: str) -> str:
    """The code of all fences of one of these languages, else of all fences, else the whole text."""
    found = [(match[2].lower(), match[3]) for match in _FENCED.finditer(text)]
    chosen = [code for language, code in found if language in languages]
    return "\n".join(chosen or [code for _, code in found] or [text])
