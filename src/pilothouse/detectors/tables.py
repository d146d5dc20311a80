"""All detectors by name."""

from __future__ import annotations

from typing import Final

from pilothouse.detectors.accounts import IBANS
from pilothouse.detectors.cards import CARDS
from pilothouse.detectors.contacts import EMAILS, IPS, PHONES
from pilothouse.detectors.detector import Detector
from pilothouse.detectors.entropy import HIGH_ENTROPY
from pilothouse.detectors.national_ids import NATIONAL_IDS
from pilothouse.detectors.secrets import BEARER_TOKENS, JWTS, PRIVATE_KEYS, SECRETS

DETECTORS: Final[dict[str, Detector]] = {
    "secrets": SECRETS,
    "bearer_tokens": BEARER_TOKENS,
    "jwts": JWTS,
    "private_keys": PRIVATE_KEYS,
    "cards": CARDS,
    "emails": EMAILS,
    "phones": PHONES,
    "ips": IPS,
}
"""The builtins of masking rules."""

ALL_DETECTORS: Final[dict[str, Detector]] = DETECTORS | {
    "ibans": IBANS,
    "national_ids": NATIONAL_IDS,
    "high_entropy": HIGH_ENTROPY,
}
"""With those that look for what a text should not tell, rather than what nobody may store."""
