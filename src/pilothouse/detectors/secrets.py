"""Keys, tokens and passwords."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pilothouse.detectors.detector import BEGIN, Detector, by_pattern, unnamed

# Keys with a prefix of their own. Written for both engines: no look-around in here.
_KEYS: Final = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic, OpenRouter, DeepSeek, Langfuse, LiteLLM
    r"pk-lf-[A-Za-z0-9-]{16,}",  # Langfuse
    r"(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}",  # Stripe, Clerk
    r"whsec_[A-Za-z0-9+/=]{16,}",
    r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{16,}",  # LangSmith
    r"ls__[A-Za-z0-9]{16,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",  # AWS
    r"AIza[A-Za-z0-9_-]{35}",  # Google
    r"GOCSPX-[A-Za-z0-9_-]{20,}",
    r"ya29\.[A-Za-z0-9_-]{20,}",
    r"gh[pousr]_[A-Za-z0-9]{30,}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{20,}",
    r"glpat-[A-Za-z0-9_-]{18,}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",  # Slack
    r"xapp-[A-Za-z0-9-]{10,}",
    r"hf_[A-Za-z0-9]{24,}",  # Hugging Face
    r"gsk_[A-Za-z0-9]{20,}",  # Groq
    r"csk-[A-Za-z0-9]{20,}",  # Cerebras
    r"xai-[A-Za-z0-9]{20,}",
    r"pplx-[A-Za-z0-9]{20,}",  # Perplexity
    r"nvapi-[A-Za-z0-9_-]{20,}",
    r"tvly-[A-Za-z0-9_-]{16,}",  # Tavily
    r"pcsk_[A-Za-z0-9_]{20,}",  # Pinecone
    r"r8_[A-Za-z0-9]{20,}",  # Replicate
    r"fw_[A-Za-z0-9]{20,}",  # Fireworks
    r"tgp_v1_[A-Za-z0-9_-]{20,}",  # Together
    r"fc-[a-f0-9]{32}",  # Firecrawl
    r"phc_[A-Za-z0-9]{30,}",  # PostHog
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",  # SendGrid
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{40,}",
    r"dapi[a-f0-9]{32}",  # Databricks
    r"do[opr]_v1_[a-f0-9]{40,}",  # DigitalOcean
    r"ntn_[A-Za-z0-9]{30,}",  # Notion
    r"lin_api_[A-Za-z0-9]{30,}",  # Linear
    r"sbp_[a-f0-9]{40}",  # Supabase
    r"ATATT3[A-Za-z0-9_=-]{30,}",  # Atlassian
    r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}",  # Telegram
)
_ANY_KEY: Final = "(?:" + "|".join(_KEYS) + ")"
# What only its surroundings tell: the password of a URL, the second key of AWS.
_IN_URL: Final = r"[a-z][a-z0-9+]{1,20}://[^\s/:@\"']{0,256}:(?P<it>[^\s/@\"']{1,256})@"
_SECOND_KEY: Final = r"(?i:secret_?access_?key)[^A-Za-z0-9/+]{1,8}(?P<it>[A-Za-z0-9/+]{40})"

_find_keys: Final = by_pattern(BEGIN + _ANY_KEY)
_find_in_urls: Final = by_pattern(r"(?<![a-z0-9+])" + _IN_URL)
_find_second_keys: Final = by_pattern(_SECOND_KEY)


def _find_secrets(text: str) -> Iterator[tuple[int, int]]:
    yield from sorted([*_find_keys(text), *_find_in_urls(text), *_find_second_keys(text)])


_BEARER: Final = r"(?i:bearer|basic)(?:\s|%20|\+)+(?P<it>[A-Za-z0-9._~+/-]{16,}={0,2})"
_find_bearer_candidates: Final = by_pattern(_BEARER)


def _find_bearer(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _find_bearer_candidates(text):
        # "basic understanding-of-the-matter" is no token.
        if any(c.isdigit() or c.isupper() for c in text[start:end]):
            yield start, end


_JWT_HEAD: Final = r"eyJ[A-Za-z0-9_-]{8,}"
_JWT_REST: Final = r"\.eyJ[A-Za-z0-9_-]{8,}\.?[A-Za-z0-9_-]*"
_find_jwt_candidates: Final = re.compile(f"{_JWT_HEAD}(?P<rest>{_JWT_REST})?").finditer


def _find_jwts(text: str) -> Iterator[tuple[int, int]]:
    for match in _find_jwt_candidates(text):  # a head without a rest is passed over in one step
        if match["rest"]:
            yield match.span()


# Up to its end, else up to the end of the text: a cut-off key is still a key.
_KEY_BEGIN: Final = r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY"
_PRIVATE_KEY: Final = _KEY_BEGIN + r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"

SECRETS: Final = Detector(
    "|".join((_ANY_KEY, unnamed(_IN_URL), unnamed(_SECOND_KEY))),
    _find_secrets,
    "API keys of the well-known providers, passwords in URLs",
)
BEARER_TOKENS: Final = Detector(unnamed(_BEARER), _find_bearer, "what follows Bearer or Basic")
JWTS: Final = Detector(_JWT_HEAD + _JWT_REST, _find_jwts, "JSON web tokens")
PRIVATE_KEYS: Final = Detector(
    _KEY_BEGIN, by_pattern(_PRIVATE_KEY, re.DOTALL), "private keys in PEM"
)
