"""Where code may be cut: before what its language begins a definition with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from pilothouse.search.splitting.spans import SEPARATORS

_STARTS: Final[Mapping[str, Sequence[str]]] = {
    "python": ("class ", "async def ", "def ", "\tdef ", "    async def ", "    def "),
    "javascript": ("export ", "class ", "async function ", "function ", "const ", "let ", "var "),
    "typescript": (
        "export ", "interface ", "type ", "enum ", "namespace ", "class ", "async function ",
        "function ", "const ", "let ", "var ",
    ),
    "java": ("public ", "protected ", "private ", "class ", "interface ", "    public ",
             "    protected ", "    private "),
    "kotlin": ("class ", "object ", "interface ", "fun ", "    fun ", "val ", "var "),
    "go": ("func ", "type ", "var ", "const "),
    "rust": ("pub ", "impl ", "trait ", "struct ", "enum ", "mod ", "fn ", "    pub fn ",
             "    fn "),
    "c": ("static ", "struct ", "typedef ", "enum ", "void ", "int ", "char ", "#define "),
    "cpp": ("template", "namespace ", "class ", "struct ", "static ", "void ", "int ", "auto "),
    "csharp": ("namespace ", "public ", "internal ", "class ", "interface ", "    public ",
               "    private ", "    protected "),
    "ruby": ("module ", "class ", "def ", "  def "),
    "php": ("namespace ", "class ", "interface ", "trait ", "function ", "    public function "),
    "scala": ("class ", "object ", "trait ", "def ", "  def ", "val "),
    "swift": ("class ", "struct ", "enum ", "protocol ", "extension ", "func ", "    func "),
    "shell": ("function ", "if ", "for ", "while ", "case "),
    "sql": ("CREATE ", "ALTER ", "INSERT ", "SELECT ", "WITH "),
    "lua": ("function ", "local function ", "local "),
}  # fmt: skip

LANGUAGES: Final[Mapping[str, str]] = {
    ".py": "python", ".pyi": "python", ".js": "javascript", ".jsx": "javascript",
    ".mjs": "javascript", ".ts": "typescript", ".tsx": "typescript", ".java": "java",
    ".kt": "kotlin", ".go": "go", ".rs": "rust", ".c": "c", ".h": "c", ".cc": "cpp",
    ".cpp": "cpp", ".hpp": "cpp", ".cs": "csharp", ".rb": "ruby", ".php": "php",
    ".scala": "scala", ".swift": "swift", ".sh": "shell", ".bash": "shell", ".sql": "sql",
    ".lua": "lua",
}  # fmt: skip
"""What a file's name says of its language."""


def separators_of(language: str, source: str = "") -> Sequence[str] | None:
    """Separators for a language, by its name or by that of the file; None for an unknown one."""
    name = language or LANGUAGES.get(PurePosixPath(source).suffix.lower(), "")
    starts = _STARTS.get(name)
    return None if starts is None else [*(f"\n{start}" for start in starts), *SEPARATORS]
