"""Shares on both databases, and the signatures of links."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit

import pytest

from pilothouse.platform.errors import BadRequest, Conflict, NotFound
from pilothouse.platform.records import Records
from pilothouse.platform.records.settings import get_or_make, signing_key, workspace_id
from pilothouse.platform.sharing.models import dataset_of, run_of, thread_of, trace_of
from pilothouse.platform.sharing.service import Shares
from pilothouse.platform.sharing.signed import Attachment, Signed


def test_a_target_keeps_its_token(records: Records) -> None:
    shares = Shares(records)
    target = run_of(3, "trace", "span")

    first, again = shares.share(target, by="anna"), shares.share(target, token=str(uuid.uuid4()))

    assert first == again == shares.of_target(target) == shares.open(first.token)
    assert (first.target, first.created_by) == (target, "anna")
    assert str(uuid.UUID(first.token)) == first.token


def test_targets_are_told_apart_by_kind_project_and_ids(records: Records) -> None:
    shares = Shares(records)
    targets = [
        run_of(1, "t", "s"), run_of(2, "t", "s"), trace_of(1, "t"), thread_of(1, "t"),
        dataset_of("t"),
    ]  # fmt: skip

    tokens = {shares.share(target).token for target in targets}

    assert len(tokens) == len(targets)
    assert [share.target for share in shares.every()][::-1] == targets
    assert [s.target for s in shares.of_targets(targets[:2])] == targets[:2]


def test_a_token_that_was_taken_back_opens_nothing(records: Records) -> None:
    shares = Shares(records)
    share = shares.share(dataset_of("d"))
    with pytest.raises(NotFound):
        shares.open(share.token, "run", "trace")

    assert shares.revoke(share.target) is True

    assert shares.revoke(share.target) is False
    assert shares.of_target(share.target) is None
    with pytest.raises(NotFound):
        shares.open(share.token)
    assert shares.share(share.target).token != share.token


def test_a_token_of_ones_own_is_a_uuid_that_opens_nothing_else(records: Records) -> None:
    shares = Shares(records)
    token = str(uuid.uuid4())
    shares.share(trace_of(1, "a"), token=token)

    with pytest.raises(Conflict):
        shares.share(trace_of(1, "b"), token=token)
    with pytest.raises(BadRequest):
        shares.share(trace_of(1, "c"), token=token[:-1])


def test_a_value_is_made_once(records: Records) -> None:
    assert get_or_make(records, "name", lambda: "first") == "first"
    assert get_or_make(records, "name", lambda: "second") == "first"
    assert workspace_id(records) == workspace_id(records) == str(uuid.UUID(workspace_id(records)))
    assert signing_key(records) == signing_key(records)
    assert len(signing_key(records)) == 32


def test_a_signed_link_opens_what_it_was_signed_for_and_only_for_a_while() -> None:
    signed, other = Signed(lambda: b"key"), Signed(lambda: b"other key")
    attachment = Attachment(blob="abc", project=3, mime_type="image/png")

    link = urlsplit(signed.path(attachment, now_s=1_000_000))
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    expires, signature = int(query["expires"]), query["sig"]

    assert link.path == "/attachments/abc"
    assert (query["project"], query["type"]) == ("3", "image/png")
    assert signed.opens(attachment, expires, signature, now_s=1_000_001)
    assert not signed.opens(attachment, expires, signature, now_s=expires)
    assert not signed.opens(attachment, expires + 1, signature, now_s=1_000_001)
    assert not other.opens(attachment, expires, signature, now_s=1_000_001)
    assert not signed.opens(attachment, expires, "é", now_s=1_000_001)
    html = Attachment(blob="abc", project=3, mime_type="text/html")
    assert not signed.opens(html, expires, signature, now_s=1_000_001)
    elsewhere = Attachment(blob="abc", project=4, mime_type="image/png")
    assert not signed.opens(elsewhere, expires, signature, now_s=1_000_001)
