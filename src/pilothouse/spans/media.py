"""Images, audio and files of messages: one shape for a dozen spellings."""

from __future__ import annotations

import base64
from typing import Any, Final

from pilothouse.spans.parsing import blob_preview, is_blob, text_of

Part = dict[str, Any]

_SCHEME: Final = 24
"""Characters within which the `://` of an address stands."""
_MODALITIES: Final = {"image": "image", "audio": "audio", "video": "file", "document": "file"}


def media(kind: str, *, url: Any = None, blob: Any = None, mime_type: Any = None) -> Part:
    """An image, audio or file part; a `data:` URL is taken apart."""
    out: Part = {"type": kind}
    if is_blob(url):  # put apart at ingest; the marker says how a data URL began
        mime_type = mime_type or _data_type(blob_preview(url)) or url.get("mime_type")
        blob, url = url, None
    if type(url) is str and url.startswith("data:"):
        mime_type = mime_type or _data_type(url)
        blob, url = url.partition(",")[2], None
    if type(blob) is str and "://" in blob[:_SCHEME]:  # MLflow names its copy of the data
        blob, url = None, blob
    if isinstance(blob, bytes):
        blob = base64.b64encode(blob).decode()
    if blob is not None:
        out["blob"] = blob
        mime_type = mime_type or _type_of_base64(kind, blob)
    else:
        out["url"] = url if type(url) is str else ""
    out["mime_type"] = mime_type if type(mime_type) is str else ""
    return out


_BEGINNINGS: Final = {
    "image": {"iVBORw0KGg": "png", "/9j/": "jpeg", "R0lGOD": "gif", "UklGR": "webp"},
    "audio": {"UklGR": "wav", "SUQz": "mpeg", "//v": "mpeg", "T2dnUw": "ogg", "ZkxhQ": "flac"},
}
"""How the Base64 of well-known formats begins."""


def _type_of_base64(kind: str, blob: Any) -> str:
    """The type of media whose sender did not name it, by its first bytes."""
    head = blob_preview(blob) if is_blob(blob) else blob
    if type(head) is not str:
        return ""
    found = (t for b, t in _BEGINNINGS.get(kind, {}).items() if head.startswith(b))
    return next((f"{kind}/{name}" for name in found), "")


def _data_type(url: str) -> str:
    """The MIME type that a `data:` URL names."""
    return url[5:].partition(",")[0].partition(";")[0] if url.startswith("data:") else ""


def genai_media(raw: Part) -> Part:
    """`blob`, `file` and `uri` parts of the GenAI conventions; OpenAI's `file` is another."""
    nested = raw.get("file")
    if type(nested) is dict:
        found = media("file", url=nested.get("file_data") or nested.get("url"))
        return _with_file_id(found, nested.get("file_id"))
    modality = raw.get("modality")
    mime = raw.get("mime_type") or raw.get("mediaType") or raw.get("mimeType")
    kind = _MODALITIES.get(modality, "file") if type(modality) is str else _kind_of(mime)
    if raw.get("type") == "blob":
        out = media(kind, blob=raw.get("content", raw.get("data", "")), mime_type=mime)
        if type(raw.get("transcript")) is str:
            out["transcript"] = raw["transcript"]
        return out
    url = raw.get("uri") or raw.get("url")
    found = media(kind, url=url, mime_type=mime) if url else _given(kind, raw.get("data"), mime)
    return _with_file_id(found, raw.get("file_id"))


def _kind_of(mime_type: Any) -> str:
    """Image, audio or else file, by the MIME type."""
    kind = text_of(mime_type).partition("/")[0]
    return kind if kind in ("image", "audio") else "file"


def _given(kind: str, data: Any, mime_type: Any) -> Part:
    """Vercel's media: an address, Base64, or bytes as JavaScript writes them in JSON."""
    if type(data) is str and "://" not in data[:_SCHEME] and not data.startswith("data:"):
        return media(kind, blob=data, mime_type=mime_type)
    if type(data) is dict and data.get("type") == "Buffer":
        return media(kind, blob=_bytes(data.get("data")), mime_type=mime_type)
    return media(kind, url=data, mime_type=mime_type)


def _bytes(numbers: Any) -> bytes:
    try:
        return bytes(numbers) if type(numbers) is list else b""
    except (TypeError, ValueError):
        return b""


def _with_file_id(found: Part, file_id: Any) -> Part:
    return {**found, "file_id": file_id} if type(file_id) is str and file_id else found


def image(raw: Part) -> Part:
    inner = raw.get("image_url") or raw.get("image")
    if is_blob(inner):
        return media("image", url=inner)
    if type(inner) is dict and "source" in inner:  # Bedrock: {"format", "source": {"bytes"}}
        source = inner["source"]
        data = source.get("bytes") if type(source) is dict else None
        data = None if data == "<replaced>" else data  # Strands sends no media along
        return media("image", blob=data, mime_type=f"image/{text_of(inner.get('format'))}")
    source = raw.get("source")
    if type(source) is dict:  # Anthropic
        mime = source.get("media_type")
        if source.get("data") is not None:
            return media("image", blob=source["data"], mime_type=mime)
        return media("image", url=source.get("url"), mime_type=mime)
    mime = raw.get("mime_type") or raw.get("mediaType") or raw.get("mimeType")
    if type(raw.get("base64")) is str:
        return media("image", blob=raw["base64"], mime_type=mime)
    if "image" in raw and (type(inner) is str or "url" not in (inner or {})):
        return _given("image", inner, mime)
    url = inner.get("url") if type(inner) is dict else inner
    found = media("image", url=url or raw.get("url"), mime_type=mime)
    return _with_file_id(found, raw.get("file_id"))


def audio(raw: Part) -> Part:
    inner = raw.get("input_audio") or raw.get("audio")
    if type(inner) is dict:
        mime = f"audio/{inner['format']}" if type(inner.get("format")) is str else None
        found = media("audio", blob=inner.get("data"), url=inner.get("url"), mime_type=mime)
        said = inner.get("transcript")
        return {**found, "transcript": said} if type(said) is str else found
    return media("audio", url=raw.get("url"), blob=raw.get("data"), mime_type=raw.get("mime_type"))


def document(raw: Part) -> Part:
    source = raw.get("source")
    if type(source) is dict:
        if source.get("data") is not None:
            return media("file", blob=source["data"], mime_type=source.get("media_type"))
        return media("file", url=source.get("url"), mime_type=source.get("media_type"))
    return genai_media(raw)


def inline_data(raw: Part) -> Part:
    """Google's media: `inline_data` holds bytes, `file_data` an address."""
    for key in ("inline_data", "inlineData", "file_data", "fileData"):
        inner = raw.get(key)
        if type(inner) is dict:
            mime = inner.get("mime_type") or inner.get("mimeType")
            kind = _kind_of(mime)
            url = inner.get("file_uri") or inner.get("fileUri")
            return media(kind, blob=inner.get("data"), url=url, mime_type=mime)
    return raw
