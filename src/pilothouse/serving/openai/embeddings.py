"""POST /v1/embeddings for targets that embed."""

from __future__ import annotations

import base64
import hashlib
import math
import os
import sys
import tempfile
from array import array
from functools import cache
from pathlib import Path
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.context import Context
from pilothouse.serving.openai.models import mount_for, wrong
from pilothouse.serving.replies import Reply, json_answer
from pilothouse.serving.runs import Run
from pilothouse.serving.service import Service

VOCABULARY: Final = "https://openaipublic.blob.core.windows.net/encodings/cl100k_base.tiktoken"


class EmbeddingRoute:
    """Its route."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def create(self, call: Call) -> Reply:
        """A vector for each input, in their order."""
        body = await call.json()
        mount = mount_for(self.service, call, body, kind="embeddings")
        inputs = _inputs(body.get("input"))
        form = body.get("encoding_format", "float")
        if form not in ("float", "base64"):
            raise wrong("encoding_format must be float or base64", "encoding_format")
        size = body.get("dimensions")
        if size is not None and (not isinstance(size, int) or size < 1):
            raise wrong("dimensions must be a positive number", "dimensions")
        run = Run(self.service, mount, call=call, context=Context(headers=call.open_headers()))
        await run.begin(inputs)
        vectors = await run.result(lambda work: mount.target.invoke(inputs, work))
        data = [
            {"object": "embedding", "index": place, "embedding": _written(vector, size, form)}
            for place, vector in enumerate(vectors)
        ]
        count = sum(-(-len(text) // 4) for text in inputs)
        usage = {"prompt_tokens": count, "total_tokens": count}
        return json_answer(
            {"object": "list", "data": data, "model": mount.name, "usage": usage},
            headers=[(b"x-usage-estimated", b"true")],
        )


def _inputs(given: Any) -> list[str]:
    if isinstance(given, str):
        return [given]
    if not isinstance(given, list) or not given:
        raise wrong("input must be a text or a list", "input")
    if all(isinstance(each, str) for each in given):
        return given
    lists = given if isinstance(given[0], list) else [given]
    if not all(isinstance(n, int) for each in lists if isinstance(each, list) for n in each):
        raise wrong("input must hold texts, or tokens as numbers", "input")
    return [_decoded(tokens) for tokens in lists]


def _decoded(tokens: list[int]) -> str:
    """LangChain's client sends tokens of OpenAI's vocabulary."""
    try:
        text: str = _vocabulary().decode(tokens)
    except (ImportError, OSError, KeyError, ValueError, OverflowError) as error:
        raise wrong(
            f"input holds tokens that cannot be read here ({error}); send texts "
            "(LangChain: OpenAIEmbeddings(check_embedding_ctx_length=False))",
            "input",
        ) from error
    return text


@cache
def _vocabulary() -> Any:
    """That of OpenAI's embeddings, where somebody has loaded it before: nothing is fetched here."""
    import tiktoken

    folder = os.environ.get("TIKTOKEN_CACHE_DIR") or os.environ.get("DATA_GYM_CACHE_DIR")
    place = Path(folder or Path(tempfile.gettempdir()) / "data-gym-cache")
    name = hashlib.sha1(VOCABULARY.encode(), usedforsecurity=False).hexdigest()
    if not (place / name).is_file():
        raise FileNotFoundError("their vocabulary is not on this machine")
    return tiktoken.get_encoding("cl100k_base")


def _written(vector: Any, size: int | None, form: str) -> Any:
    numbers = [float(number) for number in vector]
    if size is not None and size < len(numbers):
        numbers = numbers[:size]
        length = math.sqrt(sum(number * number for number in numbers)) or 1.0
        numbers = [number / length for number in numbers]
    if form == "float":
        return numbers
    packed = array("f", numbers)
    if sys.byteorder == "big":
        packed.byteswap()
    return base64.b64encode(packed.tobytes()).decode()
