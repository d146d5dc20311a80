"""Reads documents: files by name or pattern, and web sites from a first page on."""

from pilothouse.search.loading.crawling import crawl
from pilothouse.search.loading.files import load
from pilothouse.search.loading.html import main_text, plain_text

__all__ = ["crawl", "load", "main_text", "plain_text"]
