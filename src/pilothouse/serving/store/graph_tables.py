"""The tables of threads, runs, assistants, items and checkpoints that clients of LangGraph see.

Times in microseconds since 1970; objects as JSON text, values of graphs as their serializer has
them. `thread` of the last three is what the graph calls it: the owner's name is part of it.
"""

from __future__ import annotations

from typing import Final

GRAPHS: Final = (
    """
    CREATE TABLE graph_threads (
      owner VARCHAR(200) NOT NULL, id VARCHAR(200) NOT NULL, hidden INTEGER NOT NULL,
      graph_id VARCHAR(200), status VARCHAR(16) NOT NULL, metadata TEXT NOT NULL,
      config TEXT NOT NULL, state TEXT NOT NULL, interrupts TEXT NOT NULL, error TEXT,
      created BIGINT NOT NULL, updated BIGINT NOT NULL, state_updated BIGINT NOT NULL,
      PRIMARY KEY (owner, id)
    )
    """,
    """
    CREATE TABLE graph_runs (
      owner VARCHAR(200) NOT NULL, id VARCHAR(64) NOT NULL, thread_id VARCHAR(200) NOT NULL,
      stateless INTEGER NOT NULL, assistant_id VARCHAR(64) NOT NULL, status VARCHAR(16) NOT NULL,
      metadata TEXT NOT NULL, kwargs TEXT NOT NULL, strategy VARCHAR(16) NOT NULL, output TEXT,
      created BIGINT NOT NULL, updated BIGINT NOT NULL,
      PRIMARY KEY (owner, id)
    )
    """,
    "CREATE INDEX graph_runs_of_thread ON graph_runs (owner, thread_id, created)",
    """
    CREATE TABLE graph_assistants (
      owner VARCHAR(200) NOT NULL, id VARCHAR(64) NOT NULL, version BIGINT NOT NULL,
      latest INTEGER NOT NULL, graph_id VARCHAR(200) NOT NULL, body TEXT NOT NULL,
      created BIGINT NOT NULL, updated BIGINT NOT NULL,
      PRIMARY KEY (owner, id, version)
    )
    """,
    """
    CREATE TABLE graph_items (
      owner VARCHAR(200) NOT NULL, namespace VARCHAR(600) NOT NULL, name VARCHAR(200) NOT NULL,
      body TEXT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL, expires BIGINT,
      PRIMARY KEY (owner, namespace, name)
    )
    """,
    """
    CREATE TABLE graph_checkpoints (
      thread VARCHAR(420) NOT NULL, ns VARCHAR(400) NOT NULL, id VARCHAR(64) NOT NULL,
      parent VARCHAR(64), run_id VARCHAR(64), kind VARCHAR(32) NOT NULL, body {blob} NOT NULL,
      about_kind VARCHAR(32) NOT NULL, about {blob} NOT NULL,
      PRIMARY KEY (thread, ns, id)
    )
    """,
    "CREATE INDEX graph_checkpoints_of_run ON graph_checkpoints (run_id)",
    """
    CREATE TABLE graph_channels (
      thread VARCHAR(420) NOT NULL, ns VARCHAR(400) NOT NULL, channel VARCHAR(300) NOT NULL,
      version VARCHAR(80) NOT NULL, kind VARCHAR(32) NOT NULL, body {blob} NOT NULL,
      PRIMARY KEY (thread, ns, channel, version)
    )
    """,
    """
    CREATE TABLE graph_writes (
      thread VARCHAR(420) NOT NULL, ns VARCHAR(400) NOT NULL, id VARCHAR(64) NOT NULL,
      task VARCHAR(64) NOT NULL, place BIGINT NOT NULL, path TEXT NOT NULL,
      channel VARCHAR(300) NOT NULL, kind VARCHAR(32) NOT NULL, body {blob} NOT NULL,
      PRIMARY KEY (thread, ns, id, task, place)
    )
    """,
)
