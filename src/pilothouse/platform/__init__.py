"""The server that stores and shows."""
