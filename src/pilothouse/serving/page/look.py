"""How the page looks: title, accent, logo, and who may show it in a frame."""

from __future__ import annotations

import colorsys
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pilothouse.serving.errors import SetupError
from pilothouse.serving.options import Options

LOGOS: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
LOGO_BYTES: Final = 1_000_000
LIGHT: Final = "#ffffff"
DARK: Final = "#111418"
READABLE: Final = 4.6
"""Contrast of the accent with what it stands on; WCAG asks for 4.5."""
_COLOR: Final = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")
_ANCESTOR: Final = re.compile(
    r"'self'|\*|(https?://)?(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:(\d+|\*))?"
)
Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What of the options the page shows."""

    theme: bytes
    """A style sheet; empty where the accent is our own."""
    logo: bytes | None
    logo_kind: str
    ancestors: str
    """Of the policy that browsers hold to."""


def look_of(options: Options) -> Look:
    """Raises SetupError for a color, a logo or an origin that cannot be used."""
    for origin in options.frame_ancestors:
        if not _ANCESTOR.fullmatch(origin):
            raise SetupError(
                f"frame_ancestors: {origin!r} is no origin such as https://example.com"
            )
    logo, kind = _logo(options.page_logo)
    return Look(
        theme=_theme(options.page_color).encode(),
        logo=logo,
        logo_kind=kind,
        ancestors=" ".join(("'self'", *options.frame_ancestors)),
    )


def _logo(name: str) -> tuple[bytes | None, str]:
    if not name:
        return None, ""
    path = Path(name)
    kind = LOGOS.get(path.suffix.lower())
    if kind is None:
        raise SetupError(f"page_logo {name!r} is none of {', '.join(LOGOS)}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise SetupError(f"page_logo {name!r} cannot be read: {error.strerror}") from None
    if len(data) > LOGO_BYTES:
        raise SetupError(f"page_logo {name!r} is larger than {LOGO_BYTES:,} bytes")
    return data, kind


def _theme(color: str) -> str:
    if not color:
        return ""
    found = _COLOR.fullmatch(color)
    if found is None:
        raise SetupError(f"page_color {color!r} is no color such as #1c5ccb")
    given = _read(color)
    on_light, on_dark = _readable(given, _read(LIGHT)), _readable(given, _read(DARK))
    fill = _readable(given, _read(LIGHT))  # its text is white
    return (
        ":root {\n"
        f"  --accent: light-dark({_hex(on_light)}, {_hex(on_dark)});\n"
        f"  --accent-fill: {_hex(fill)};\n"
        f"  --accent-line: color-mix(in srgb, {_hex(on_light)} 40%, var(--bg));\n"
        f"  --selected: color-mix(in srgb, {_hex(on_light)} 10%, var(--bg));\n"
        "}\n"
    )


def _readable(color: Color, ground: Color) -> Color:
    """The nearest shade of a color that can be read on a ground."""
    hue, light, saturation = colorsys.rgb_to_hls(*color)
    step = -0.01 if _luminance(ground) > 0.5 else 0.01
    while _contrast(color, ground) < READABLE and 0 <= light + step <= 1:
        light += step
        color = colorsys.hls_to_rgb(hue, light, saturation)
    return color


def _contrast(one: Color, other: Color) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(color: Color) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _read(color: str) -> Color:
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def _hex(color: Color) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in color)
