"""How the server itself is doing: figures for Prometheus, verdicts for people, a short history."""
