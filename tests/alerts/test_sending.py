"""What channels send, to receivers on this machine."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import socket
import sys
import threading
from typing import Any

import pytest

from alerts.receivers import Web, mail, web
from pilothouse.addresses import PrivateAddress
from pilothouse.platform.alerts.guarding import public_only
from pilothouse.platform.alerts.sending import Sender, SendingFailed, Target, opened
from pilothouse.platform.errors import Unprocessable

SECRET = "not known to anybody else"
EVENT: dict[str, Any] = {
    "kind": "raised",
    "level": "alert",
    "rule": {"id": "r", "name": "Slow answers"},
    "project": "shop",
    "text": "p95(duration_ms) of traces in shop is 5,200 over 5m; alert is at least 4,000.",
    "url": "http://localhost:8484/p/shop/alerts/r",
}
BODY = {"version": 1, "events": [EVENT]}


def send(kind: Any, url: str, *, private: bool = True, timeout_s: float = 30) -> None:
    sender = Sender(private=private, timeout_s=timeout_s)
    asyncio.run(sender.send(kind, Target(url=url, secret=SECRET), "key-1", BODY))


def post(receiver: Web, **more: Any) -> None:
    send("webhook", f"{receiver.url}/hook", **more)


def test_a_receiver_can_tell_that_a_webhook_is_ours_of_now_and_the_same_as_before() -> None:
    with web() as receiver:
        post(receiver)

    [body], [headers] = receiver.bodies, receiver.headers
    at = headers["x-pilothouse-timestamp"]
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["x-pilothouse-signature"] == f"v1={expected}"
    assert headers["idempotency-key"] == "key-1"
    assert json.loads(body) == {"id": "key-1", **BODY}


@pytest.mark.parametrize(
    ("status", "why"), [(500, "answered 500: ok"), (404, "answered 404"), (429, "answered 429")]
)
def test_a_webhook_that_answers_an_error_has_not_taken_it(status: int, why: str) -> None:
    with web() as receiver:
        receiver.status = status
        with pytest.raises(SendingFailed, match=why):
            post(receiver)


def test_a_webhook_that_redirects_is_not_followed() -> None:
    with web() as elsewhere, web() as receiver:
        receiver.status, receiver.location = 302, elsewhere.url
        with pytest.raises(SendingFailed, match="redirects are not followed"):
            post(receiver)

    assert elsewhere.bodies == []


def test_a_webhook_that_hangs_is_left() -> None:
    with web() as receiver:
        receiver.hangs = threading.Event()
        with pytest.raises(SendingFailed, match=r"within 0\.2 s"):
            post(receiver, timeout_s=0.2)


def test_names_that_lead_into_the_own_network_are_not_called_where_that_is_not_allowed() -> None:
    with web() as receiver:
        named = receiver.url.replace("127.0.0.1", "localhost")
        for kind, url in (
            ("webhook", named),
            ("webhook", receiver.url),
            ("apprise", named.replace("http", "json")),
            ("apprise", f"mailto://{named.removeprefix('http://')}/ann@example.org"),
        ):
            with pytest.raises(SendingFailed, match="is a private address"):
                send(kind, url, private=False)

    assert receiver.bodies == []


@pytest.mark.parametrize("kind", ["json", "mailto"])
def test_a_name_that_leads_elsewhere_once_it_was_looked_up_is_not_called(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.215.14"])
    lookup = socket.getaddrinfo

    def rebound(host: Any, *more: Any, **named: Any) -> Any:
        wanted = next(answers, "127.0.0.1") if host == "rebinding.example" else host
        return lookup(wanted, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", rebound)
    path = "ann@example.org?from=us@example.org" if kind == "mailto" else "in"

    with web() as receiver:
        port = receiver.url.rpartition(":")[2]
        with pytest.raises(SendingFailed, match=r"127\.0\.0\.1 is a private address"):
            send("apprise", f"{kind}://rebinding.example:{port}/{path}", private=False)

    assert receiver.paths == []


def test_what_cannot_be_checked_before_it_is_written_to_is_not_written_to() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
        socket.socket(socket.AF_UNIX) as local,
        public_only() as refusals,
    ):
        with pytest.raises(PrivateAddress, match="looked up too late"):
            datagrams.sendto(b"a line of a log", ("localhost", 514))
        with pytest.raises(PrivateAddress, match="a socket of this machine"):
            local.connect("/run/dbus/system_bus_socket")

    assert len(refusals) == 2


def test_files_of_the_server_are_not_read_for_those_who_reach_it_from_afar() -> None:
    template = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/?template=/etc/hostname"

    with pytest.raises(SendingFailed, match="of a file is not read"):
        send("apprise", template, private=False)


def test_without_apprise_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)

    with pytest.raises(Unprocessable, match=r"pilothouse\[alerts\]"):
        opened("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/")


def test_a_letter_comes_by_apprise() -> None:
    with mail() as server:
        url = f"mailto://{server.host}:{server.port}/ann@example.org?from=alerts@example.org"
        send("apprise", url)

    [letter] = server.letters
    said = letter.get_payload(decode=True) or b"".join(
        part.get_payload(decode=True) or b"" for part in letter.walk() if not part.is_multipart()
    )
    assert letter["Subject"] == "Alert: Slow answers (shop)"
    assert b"is 5,200 over 5m" in said
    assert EVENT["url"].encode() in said


@pytest.mark.parametrize("kind", ["json", "ntfy", "gotify"])
def test_self_hosted_kinds_come_by_apprise(kind: str) -> None:
    with web() as receiver:
        place = receiver.url.removeprefix("http://")
        path = {"json": "in", "ntfy": "topic", "gotify": "AtokenOfGotify"}[kind]
        send("apprise", f"{kind}://{place}/{path}")

    [body] = receiver.bodies
    assert b"Alert: Slow answers (shop)" in body
    assert b"is 5,200 over 5m" in body


def test_what_apprise_could_not_send_says_why_and_goes_nowhere_else() -> None:
    with web() as elsewhere, web() as receiver:
        url = f"json://{receiver.url.removeprefix('http://')}/token-of-ours"
        receiver.status = 500
        with pytest.raises(SendingFailed, match=r"500"):
            send("apprise", url)
        receiver.status, receiver.location = 307, elsewhere.url
        with pytest.raises(SendingFailed):
            send("apprise", url)

    assert elsewhere.bodies == []


HOSTED = [
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
    "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js/",
    "tgram://123456789:abcdefg_hijklmnop/12315544/",
    "pagerduty://abcd1234abcd1234abcd1234abcd1234@abcd1234abcd1234abcd1234abcd1234/",
    "workflows://prod-1.westus.logic.azure.com:443/643e69f83c8944/KQl1bDVMkYjVZ8aFVg",
]


@pytest.mark.parametrize("url", HOSTED, ids=[one.partition(":")[0] for one in HOSTED])
def test_hosted_kinds_make_their_request(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests

    asked: list[tuple[str, Any]] = []

    def caught(self: Any, method: str, url: str, **more: Any) -> Any:
        asked.append((url, more))
        answer = requests.Response()
        answer.status_code = 200
        answer.raw = io.BytesIO(b"ok" if "slack" in url else b'{"ok": true}')
        return answer

    monkeypatch.setattr(requests.Session, "request", caught)

    send("apprise", url)

    assert asked
    assert all(more.get("allow_redirects") is False for _, more in asked)
    assert "Slow answers" in repr(asked)
