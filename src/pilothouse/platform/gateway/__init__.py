"""The gateway as part of the server: its keys, routes and spending, kept in the records."""
