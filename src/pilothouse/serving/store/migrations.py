"""How the tables came to be as they are, one step after the other; a step is never changed.

Programs of the version before may go on while a new one has migrated: steps add, with columns that
may be empty. `{blob}` stands for the engine's type of bytes.
"""

from __future__ import annotations

from typing import Final

from pilothouse.serving.store.graph_tables import GRAPHS

BEGINNING: Final = (
    """
    CREATE TABLE IF NOT EXISTS threads (
      id VARCHAR(200) NOT NULL, owner VARCHAR(200) NOT NULL, title TEXT NOT NULL,
      metadata TEXT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL,
      busy_run VARCHAR(64), busy_by VARCHAR(300), busy_until BIGINT,
      PRIMARY KEY (owner, id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS messages (
      owner VARCHAR(200) NOT NULL, thread_id VARCHAR(200) NOT NULL, seq BIGINT NOT NULL,
      id VARCHAR(64) NOT NULL, role VARCHAR(32) NOT NULL, content TEXT NOT NULL,
      run_id VARCHAR(64), status VARCHAR(16) NOT NULL, created BIGINT NOT NULL,
      PRIMARY KEY (owner, thread_id, seq)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS responses (
      id VARCHAR(64) NOT NULL, owner VARCHAR(200) NOT NULL, thread_id VARCHAR(200) NOT NULL,
      last_seq BIGINT NOT NULL, body TEXT NOT NULL, items TEXT NOT NULL, created BIGINT NOT NULL,
      PRIMARY KEY (owner, id)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS feedback (
      id VARCHAR(64) PRIMARY KEY, owner VARCHAR(200) NOT NULL, run_id VARCHAR(64) NOT NULL,
      key_name VARCHAR(200) NOT NULL, body TEXT NOT NULL, created BIGINT NOT NULL,
      modified BIGINT NOT NULL, UNIQUE (owner, run_id, key_name)
    )
    """,
)
RUNS_AND_BRANCHES: Final = (
    # The message that a message answers or follows; NULL: the one before it, 0: none.
    "ALTER TABLE messages ADD COLUMN parent_seq BIGINT",
    # What came of an answer besides its text: steps, sources, time, tokens, the error.
    "ALTER TABLE messages ADD COLUMN extra TEXT",
    # The last message of the branch that is shown; NULL: the last of all.
    "ALTER TABLE threads ADD COLUMN leaf_seq BIGINT",
    """
    CREATE INDEX messages_by_parent ON messages (owner, thread_id, parent_seq)
    WHERE parent_seq IS NOT NULL
    """,
    "CREATE INDEX threads_by_time ON threads (owner, updated)",
    """
    CREATE TABLE runs (
      id VARCHAR(64) PRIMARY KEY, owner VARCHAR(200) NOT NULL, thread_id VARCHAR(200) NOT NULL,
      mount VARCHAR(200) NOT NULL, request_key VARCHAR(100), status VARCHAR(16) NOT NULL,
      metadata TEXT NOT NULL, trace_id VARCHAR(32), stop_asked INTEGER NOT NULL DEFAULT 0,
      held_by VARCHAR(300) NOT NULL, held_until BIGINT NOT NULL,
      started BIGINT NOT NULL, ended BIGINT,
      UNIQUE (owner, thread_id, request_key)
    )
    """,
    "CREATE INDEX runs_of_thread ON runs (owner, thread_id, started)",
    "CREATE INDEX runs_by_end ON runs (ended)",
    """
    CREATE TABLE run_events (
      run_id VARCHAR(64) NOT NULL, seq BIGINT NOT NULL, name VARCHAR(100) NOT NULL,
      data TEXT NOT NULL,
      PRIMARY KEY (run_id, seq)
    )
    """,
    """
    CREATE TABLE files (
      owner VARCHAR(200) NOT NULL, id VARCHAR(64) NOT NULL, thread_id VARCHAR(200) NOT NULL,
      name VARCHAR(300) NOT NULL, kind VARCHAR(100) NOT NULL, size BIGINT NOT NULL,
      data {blob} NOT NULL, created BIGINT NOT NULL,
      PRIMARY KEY (owner, id)
    )
    """,
    "CREATE INDEX files_of_thread ON files (owner, thread_id)",
)
STOPS: Final = (
    """
    CREATE TABLE run_stops (
      owner VARCHAR(200) NOT NULL, id VARCHAR(64) NOT NULL, asked BIGINT NOT NULL,
      done INTEGER NOT NULL,
      PRIMARY KEY (owner, id)
    )
    """,
)
STEPS: Final = (BEGINNING, RUNS_AND_BRANCHES, GRAPHS, STOPS)
VERSIONS: Final = "CREATE TABLE IF NOT EXISTS store_version (version INTEGER NOT NULL)"
