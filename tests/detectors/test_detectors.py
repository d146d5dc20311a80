"""What the detectors beyond masking find, and what they leave alone."""

from __future__ import annotations

import pytest
import re2

from pilothouse.detectors import ALL_DETECTORS

IDS = {
    "us": "536-90-4399",
    "ca": "123-456-782",
    "gb": "AB 12 34 56 C",
    "gb_nhs": "943 476 5870",
    "fr": "2 95 10 99 126 111 93",
    "es": "54362315K",
    "es_foreigner": "X-5253868-R",
    "it": "RCCMNL83S18D969H",
    "de": "36 574 261 809",
    "pl": "44051401359",
    "se": "880320-0016",
    "fi": "131052-308T",
    "no": "151086 95088",
    "br": "390.533.447-05",
    "cn": "360426199101010071",
    "ch": "756.9217.0769.85",
    "sg": "S1234567D",
    "in": "2341 2341 2346",
}


def found(name: str, text: str) -> list[str]:
    return [text[start:end] for start, end in ALL_DETECTORS[name].find(text)]


@pytest.mark.parametrize("number", IDS.values(), ids=IDS)
def test_a_national_id_is_found_whole_between_other_words(number: str) -> None:
    assert found("national_ids", f"Mine is {number}, thanks.") == [number]
    assert re2.search(ALL_DETECTORS["national_ids"].probe, f"\n{number}")


@pytest.mark.parametrize(
    "number",
    [
        *("936-90-4399", "123-456-783", "943 476 5871", "2 95 10 99 126 111 94", "54362315L"),
        *("RCCMNL83S18D969A", "36 574 261 808", "44051401358", "880320-0017", "131052-308U"),
        *("151086 95089", "390.533.447-06", "360426199101010072", "756.9217.0769.86"),
        *("S1234567E", "2341 2341 2347", "order 12345678901", "2024-11-22", "v1.2.3", "A1B2C3"),
    ],
)
def test_a_number_whose_check_is_wrong_is_nobodys(number: str) -> None:
    assert found("national_ids", f"Mine is {number}, thanks.") == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Pay to DE89 3704 0044 0532 0130 00 today", ["DE89 3704 0044 0532 0130 00"]),
        ("GB82WEST12345698765432, NO9386011117947", ["GB82WEST12345698765432", "NO9386011117947"]),
        ("FR1420041010050500013M02606 AND MORE", ["FR1420041010050500013M02606"]),
        ("DE89 3704 0044 0532 0130 01", []),
        ("DE89370400440532013", []),
        ("XX89370400440532013000", []),
    ],
)
def test_an_account_is_found_by_its_length_and_check(text: str, numbers: list[str]) -> None:
    assert found("ibans", text) == numbers


@pytest.mark.parametrize(
    "token",
    [
        "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY9",
        "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "Zm9vYmFyMTIzNDU2Nzg5QWJjRGVmR2hpSktM",
    ],
)
def test_a_token_drawn_by_lot_is_found(token: str) -> None:
    assert found("high_entropy", f"key={token};") == [token] or found(
        "high_entropy", f"the key {token} works"
    ) == [token]


@pytest.mark.parametrize(
    "text",
    [
        "0190a3c4-7e1b-7c3e-9d53-3f6f0a1b2c3d",
        "internationalization_of_everything",
        "src/pilothouse/platform/ingest/masking.py",
        "1111111111111111111111111111111111111111",
        "AAAAAAAAAAaaaaaaaaaa1111111111",
    ],
)
def test_ids_words_and_paths_are_not_taken_for_keys(text: str) -> None:
    assert found("high_entropy", text) == []


def test_a_token_is_found_after_a_head_without_one() -> None:
    token = "eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl"

    assert found("jwts", f"eyJhbGciOiJI, or {token}") == [token]


@pytest.mark.parametrize("name", ["ibans", "national_ids", "high_entropy", "jwts"])
def test_a_long_text_takes_no_more_than_its_length(name: str) -> None:
    text = "A1 " * 100_000 + "DE89 " * 10_000 + "1234567890" * 10_000 + "eyJ" * 100_000

    assert len(found(name, text)) < len(text)
