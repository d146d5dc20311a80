"""Many rows go into the store another way than a few, and come out the same; or it is told.

What is inserted is compressed quickly, what the engine merges well; no insert waits for a compiler.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# One process can open one path of the engine, so the store gets a process of its own.
COMPARE = """
import sys
from pilothouse import dialects
from pilothouse.platform.store.engine import Store
from pilothouse.platform.store.rows import SPAN_COLUMNS, pack_all, row_of
from pilothouse.spans import Source

def rows(project):
    for i in range(600):
        attributes = {
            "gen_ai.operation.name": "chat", "gen_ai.request.model": f"model-{i % 7}",
            "user.id": f"Zoë {i % 11}", "tag.tags": ["a", f"b{i % 3}"], f"odd.{i}": i / 3,
            "gen_ai.usage.input_tokens": i, "input.value": f"{i} " * 1500,
        }
        source = Source(
            project="p", trace_id=f"{i:032x}", span_id=f"{i:016x}", parent_span_id="", name="s",
            start_ns=1_700_000_000_000_000_000 + i, end_ns=None if i % 5 else 1_700_000_001 * 10**9,
            attributes=attributes, resource={"service.name": "s"},
        )
        yield row_of(project, source, dialects.derive(source), None, i)

store = Store(f"chdb://{sys.argv[1]}")
many = pack_all(list(rows(1)))
assert len(many) > 3 << 20
store.insert_packed("spans", SPAN_COLUMNS, many)
few = list(rows(2))
for at in range(0, 600, 200):
    store.insert_packed("spans", SPAN_COLUMNS, pack_all(few[at : at + 200]))
same = (
    "SELECT * EXCEPT project FROM spans WHERE project = 1"
    " INTERSECT SELECT * EXCEPT project FROM spans WHERE project = 2"
)
print(store.rows_sync(f"SELECT count() FROM ({same})"))
codecs = (
    "SELECT DISTINCT default_compression_codec FROM system.parts"
    " WHERE table = 'spans' AND active"
)
print(store.rows_sync(codecs))
try:
    store.insert_packed("spans", SPAN_COLUMNS, many + b"\\xc1")
except Exception:
    print("refused")
room = "min_free_disk_bytes_to_perform_insert"
store.command_sync(f"ALTER TABLE spans MODIFY SETTING {room} = {1 << 60}")  # as a full disk
for packed in (pack_all(few), many):
    try:
        store.insert_packed("spans", SPAN_COLUMNS, packed)
    except Exception as e:
        print("full" if "NOT_ENOUGH_SPACE" in str(e) else e)
store.command_sync(f"ALTER TABLE spans RESET SETTING {room}")
print(store.rows_sync("SELECT count() FROM spans"))
store.insert_packed("spans", SPAN_COLUMNS, pack_all(list(rows(3))))
print(store.rows_sync("SELECT count() FROM spans"))
compiled = "SELECT sum(value) FROM system.events WHERE event = 'CompileFunction'"
print("compiled", int(store.rows_sync(compiled)[0][0]))
store.command_sync("OPTIMIZE TABLE spans FINAL")
print(store.rows_sync(codecs))
store.close()
"""


@pytest.mark.slow
def test_many_rows_and_a_few_are_stored_alike_and_what_is_not_stored_is_told(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", COMPARE, str(tmp_path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    quick, well = "[('ZSTD(1)',)]", "[('ZSTD(3)',)]"
    told = ["refused", "full", "full"]
    counted = ["[(1200,)]", "[(1800,)]"]
    assert said.split() == ["[(600,)]", quick, *told, *counted, "compiled", "0", well]
