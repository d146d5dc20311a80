"""The span store: every line of ClickHouse SQL stands here."""
