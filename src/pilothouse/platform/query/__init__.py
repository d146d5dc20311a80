"""The read side of the server: lists, one trace, sessions, users, facets, metrics, export."""
