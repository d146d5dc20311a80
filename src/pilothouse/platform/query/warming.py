"""Asks once what people ask first, so that it is in memory when they do."""

from __future__ import annotations

import asyncio
import importlib
import itertools
import logging
from typing import Final

import orjson

from pilothouse.platform.query.scope import Projects, filter_of
from pilothouse.platform.query.traces import PageRequest, TraceQueries
from pilothouse.platform.store import words
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.failures import first_line
from pilothouse.platform.store.selection import Selection
from pilothouse.platform.store.versions import versions_in

log = logging.getLogger("pilothouse.query")

AFTER_S: Final = 1.0
"""The start itself comes first."""
MOST: Final = 3
"""Projects whose newest traces are read."""


async def warm(store: Store, projects: Projects) -> None:
    """Read the newest traces of some projects and the words; of an empty store nothing."""
    await asyncio.sleep(AFTER_S)
    queries = TraceQueries(store, projects)
    first = list(itertools.islice(projects.plain(), MOST))
    if not first:
        return
    try:
        # Off the loop: the tables of dialects are many files.
        await asyncio.to_thread(importlib.import_module, "pilothouse.dialects")
        errors = await asyncio.to_thread(filter_of, 'status = "error"')
        for project in first:
            for condition in (errors, None):
                selection = Selection(projects={project.id: project.name}, filter=condition)
                page = orjson.loads(await queries.page(selection, PageRequest()))
            for trace in page["items"][:1]:
                await queries.open(trace["trace_id"], project.name, payloads=True)
        await versions_in(store, (await words.vocabulary(store)).stored)
    except Exception as e:  # noqa: BLE001 # whoever asks for the same is told what is wrong
        log.debug("the first reads failed: %s", first_line(e))
