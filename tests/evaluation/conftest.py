"""A model's server for what asks one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fakes.openai_server import OpenAI, openai_server


@pytest.fixture(scope="session")
def _model_server() -> Iterator[OpenAI]:
    with openai_server() as running:
        yield running


@pytest.fixture
def llm(_model_server: OpenAI) -> OpenAI:
    """The server, having been asked nothing yet and without a script."""
    _model_server.asked.clear()
    _model_server.headers.clear()
    _model_server.script = None
    return _model_server
