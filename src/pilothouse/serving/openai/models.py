"""Which mount a client's `model` means."""

from __future__ import annotations

import difflib
from typing import Any, Final

from pilothouse.serving.call import Call
from pilothouse.serving.errors import NotFound, Refusal
from pilothouse.serving.keys import require
from pilothouse.serving.mounts import Mount
from pilothouse.serving.service import Service

OWNER: Final = "pilothouse"


def mount_for(service: Service, call: Call, body: dict[str, Any], *, kind: str = "chat") -> Mount:
    """The mount that is asked for; raises Refusal with the nearest names."""
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise wrong("model is missing", "model")
    mount = service.mount(name)
    if mount is None:
        near = difflib.get_close_matches(name, service.mounts, n=3)
        named = ", ".join(near or service.mounts)
        raise NotFound(
            f"there is no model {name!r}; there is: {named}", code="model_not_found", param="model"
        )
    require(call.principal, "invoke", mount.name)
    embeds = mount.target.kind == "embeddings"
    if embeds != (kind == "embeddings") or (kind == "chat" and mount.shape is None):
        told = "makes embeddings" if embeds else "is not made for this route"
        raise wrong(f"model {name!r} {told}", "model")
    return mount


def wrong(message: str, param: str | None) -> Refusal:
    """A body that cannot be understood."""
    return Refusal(message, status=400, code="invalid_value", param=param)


def owner_of(call: Call) -> str:
    """Whose conversations a caller sees."""
    return call.principal.name if call.principal is not None else ""


def told_model(mount: Mount, created: int) -> dict[str, Any]:
    """One entry of the list of models."""
    return {"id": mount.name, "object": "model", "created": created, "owned_by": OWNER}
