"""`/metrics`: the server's figures for Prometheus."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response

from pilothouse.platform.health.service import Health


def add_metrics(app: FastAPI, health: Health) -> None:
    """Serve the figures in the text format that the scraper asks for."""

    @app.get("/metrics", tags=["health"], response_class=Response)
    async def metrics(request: Request) -> Response:
        """The figures of the server as Prometheus reads them."""
        from pilothouse.platform.health.exposition import exposed

        figures = await health.figures()
        text, content_type = exposed(figures, request.headers.get("accept", ""))
        return Response(text, headers={"content-type": content_type})
