"""Who may do what: accounts, API keys, sign-in, and the rule that loopback is open."""

from pilothouse.platform.access.models import ANYONE, Principal, Scope
from pilothouse.platform.access.service import Access, open_access

__all__ = ["ANYONE", "Access", "Principal", "Scope", "open_access"]
