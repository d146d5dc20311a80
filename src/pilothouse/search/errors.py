"""What can go wrong in search.

SearchError
├── CrawlError           a site's first page could not be read
├── LoadError            a file could not be read
├── EmbeddingError       a model gave no vectors, or not those that were asked for
├── FilterError          a filter on metadata that cannot be understood
├── IndexUnusable        a folder is no index of ours, is damaged, or belongs to another model
├── BuildError           a part of an index could not be built
├── RerankError          a reranker gave no scores
└── AnswerError          a model gave no answer, or broke it off
"""

from __future__ import annotations


class SearchError(Exception):
    """The root of all errors of this package; the message is one line for a person."""


class CrawlError(SearchError):
    """A site's first page could not be read."""


class LoadError(SearchError):
    """A file could not be read."""


class EmbeddingError(SearchError):
    """A model gave no vectors, or not those that were asked for."""


class FilterError(SearchError):
    """A filter on metadata that cannot be understood."""


class IndexUnusable(SearchError):
    """A folder is no index of ours, is damaged, or belongs to another model."""


class BuildError(SearchError):
    """A part of an index could not be built."""


class RerankError(SearchError):
    """A reranker gave no scores."""


class AnswerError(SearchError):
    """A model gave no answer, or broke it off."""
