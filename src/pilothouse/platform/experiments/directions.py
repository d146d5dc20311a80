"""Which way a score is better, as the settings of its feedback key say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pilothouse.platform.feedback.configs import FeedbackConfigs


class ConfiguredDirections:
    """The `Directions` of a server."""

    def __init__(self, configs: FeedbackConfigs) -> None:
        self._configs = configs

    def lower_is_better(self, names: Sequence[str]) -> Mapping[str, bool]:
        """Of those scores whose key has settings that say so."""
        return {
            name: config.lower_is_better
            for name, config in self._configs.of_names(names).items()
            if config.lower_is_better is not None
        }
