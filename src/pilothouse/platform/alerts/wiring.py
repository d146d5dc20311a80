"""Alerts put together."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass

from pilothouse.platform.alerts.channels import ChannelService
from pilothouse.platform.alerts.evaluation import Evaluation
from pilothouse.platform.alerts.outbox import Outbox
from pilothouse.platform.alerts.preview import Previews
from pilothouse.platform.alerts.sending import Sender
from pilothouse.platform.alerts.service import AlertService, Names
from pilothouse.platform.alerts.worker import AlertWorker
from pilothouse.platform.records import Records
from pilothouse.platform.sealing import Sealer
from pilothouse.platform.store.engine import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Rules, channels, what evaluates the ones and sends on the others, and what tries them."""

    rules: AlertService
    channels: ChannelService
    evaluation: Evaluation
    previews: Previews
    worker: AlertWorker


def open_alerts(
    records: Records,
    store: Store,
    projects: Names,
    sealer: Sealer,
    *,
    private: bool,
    server_url: str,
) -> Alerts:
    """Alerts; `private` is whether channels may lead into the server's own network."""
    owner = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
    sender = Sender(private=private)
    channels = ChannelService(records, sealer, sender, private=private, server_url=server_url)
    evaluation = Evaluation(store)
    rules = AlertService(records, projects, server_url=server_url)
    worker = AlertWorker(
        records,
        store,
        projects,
        evaluation,
        Outbox(records, channels, sender, owner),
        owner=owner,
        server_url=server_url,
    )
    rules.on_change(worker.wake)
    return Alerts(
        rules=rules,
        channels=channels,
        evaluation=evaluation,
        previews=Previews(store),
        worker=worker,
    )
