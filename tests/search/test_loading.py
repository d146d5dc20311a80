"""Files of many kinds become documents; a broken one harms no other."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import psutil
import pytest

from pilothouse.search import LoadError, load
from pilothouse.search.loading import readers
from pilothouse.search.loading.pdf import read_pdf


def written(folder: Path, **files: str | bytes) -> Path:
    """A folder of files; `_` in a name stands for its dot, `__` for a folder."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


def texts(*paths: Any, **how: Any) -> dict[str, str]:
    """The texts of documents by the names of their files."""
    return {Path(d.source).name: d.text for path in paths for d in load(path, **how)}


def pdf(*pages: str) -> bytes:
    """A PDF with a line a page."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>"]
    kids = " ".join(f"{3 + 2 * n} 0 R" for n in range(len(pages)))
    objects.append(f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>")
    for number, text in enumerate(pages):
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents "
            f"{4 + 2 * number} 0 R /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 "
            "/BaseFont /Helvetica >> >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R >>\n"
    return (out + f"startxref\n{out.index('xref')}\n%%EOF\n").encode()


def docx() -> bytes:
    """A document with a heading, a list and a table."""
    from docx import Document

    made = Document()
    made.core_properties.title = "Manual"
    made.add_heading("Install", 2)
    made.add_paragraph("Run the installer.")
    made.add_paragraph("first", style="List Bullet")
    table = made.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "port", "8484"
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def test_each_kind_of_file_is_read_as_what_it_is(tmp_path: Path) -> None:
    notebook = {"cells": [
        {"cell_type": "markdown", "source": ["# Title\n", "Words."]},
        {"cell_type": "code", "source": "print(1)"},
    ]}  # fmt: skip
    mail = b"Subject: Hello\r\nFrom: ann@example.org\r\n\r\nThe body.\r\n"
    folder = written(
        tmp_path,
        a_txt="Plain.",
        b_md="---\ntags: [x]\n---\n# Head\n\nText.",
        c_html="<title>T</title><body><nav>no</nav><p>One<br>two</p><pre>x\n  y</pre>",
        d_pdf=pdf("First page.", "Second page."),
        e_docx=docx(),
        f_csv="name,city\nAnn,Rome\nBob,Oslo\n",
        g_json=json.dumps([{"text": "One.", "id": 7}, {"a": 1}]),
        h_jsonl='"bare"\n{"content": "Line."}\n',
        i_ipynb=json.dumps(notebook),
        j_eml=mail,
        k_py="def f():\n    return 1\n",
        l_bin=b"\0\1",
    )

    found = list(load(folder))

    by_file: dict[str, list[str]] = {}
    for document in found:
        by_file.setdefault(Path(document.source).name, []).append(document.text)
    assert by_file == {
        "a.txt": ["Plain."],
        "b.md": ["# Head\n\nText."],
        "c.html": ["One\ntwo\n\n```\nx\n  y\n```"],
        "d.pdf": ["First page.", "Second page."],
        "e.docx": ["## Install\n\nRun the installer.\n\n- first\n\nport | 8484"],
        "f.csv": ["name: Ann\ncity: Rome", "name: Bob\ncity: Oslo"],
        "g.json": ["One.", '{\n "a": 1\n}'],
        "h.jsonl": ["bare", "Line."],
        "i.ipynb": ["# Title\nWords.\n\n```\nprint(1)\n```"],
        "j.eml": ["The body.\n"],
        "k.py": ["def f():\n    return 1\n"],
    }
    about = {Path(d.source).name: d.metadata for d in found}
    assert about["b.md"]["tags"] == ["x"]
    assert about["d.pdf"]["page"] == 2
    assert about["e.docx"]["title"] == "Manual"
    assert about["g.json"]["row"] == 2
    assert about["j.eml"]["title"] == "Hello"
    assert about["k.py"]["language"] == "python"
    assert {"mtime", "sha256", "source"} <= about["a.txt"].keys()


def test_patterns_choose_files_and_none_is_read_twice(tmp_path: Path) -> None:
    folder = written(tmp_path, a_md="a", sub__b_html="<p>b", sub__c_txt="c", sub__d_png="d")
    (folder / ".hidden.md").write_text("no")
    (folder / "again.md").symlink_to(folder / "a.md")
    (folder / "sub" / "round").symlink_to(folder)

    assert texts(f"{folder}/**/*.{{md,html}}") == {"a.md": "a", "b.html": "b"}
    assert texts([f"{folder}/*.md", folder / "a.md"]) == {"a.md": "a"}
    assert set(texts(folder)) == {"a.md", "b.html", "c.txt"}


def test_a_broken_file_is_a_warning_or_with_strict_an_error(tmp_path: Path) -> None:
    folder = written(tmp_path, a_pdf=b"%PDF-1.4 no", b_txt="fine", c_json="{", d_txt=b"\0\0\0")

    with pytest.warns(UserWarning, match="left out") as told:
        assert texts(folder) == {"b.txt": "fine"}
    assert [name for name in "acd" if any(f"/{name}." in str(w.message) for w in told)] == [*"acd"]
    with pytest.raises(LoadError, match=r"a\.pdf"):
        texts(folder, strict=True)


def test_files_that_are_too_large_packed_or_not_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "_MOST_UNPACKED", 1_000_000)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b"\0" * 2_000_000)
    folder = written(tmp_path, a_docx=held.getvalue(), b_txt="x" * 1_000_000)

    with pytest.raises(LoadError, match="unpacks to more than"):
        texts(folder / "a.docx", strict=True)
    with pytest.raises(LoadError, match="1,000,000 bytes, more than 999"):
        texts(folder / "b.txt", strict=True, max_bytes=999)


def test_texts_in_other_encodings_are_read(tmp_path: Path) -> None:
    folder = written(
        tmp_path,
        a_txt="Grüße".encode("cp1252"),
        b_txt="Grüße".encode("utf-16"),
        c_txt="Grüße".encode("utf-8-sig"),
    )

    assert set(texts(folder).values()) == {"Grüße"}


def test_a_name_without_a_file_is_told() -> None:
    with pytest.raises(LoadError, match=r"there is no file 'nowhere/\*\.md'"):
        list(load("nowhere/*.md"))
    with pytest.raises(ValueError, match="choose from main, soup_text"):
        load("x", extractor="beautiful")


def test_a_pdf_that_takes_too_long_is_left_out_and_the_next_is_read() -> None:
    slow = pdf(*["(word) Tj " * 3000] * 60)

    with pytest.raises(LoadError, match="longer than"):
        read_pdf(slow, longest_s=0.3)
    assert read_pdf(pdf("Well.")) == ("", ["Well."])


def test_a_reader_of_pdfs_that_was_killed_is_started_anew() -> None:
    assert read_pdf(pdf("One.")) == ("", ["One."])
    [worker] = [
        child for child in psutil.Process().children() if "pdf_worker" in " ".join(child.cmdline())
    ]
    worker.kill()

    assert read_pdf(pdf("Two.")) == ("", ["Two."])
    with pytest.raises(LoadError, match=r"PdfReadError|PdfStreamError"):
        read_pdf(b"%PDF-1.4 no more")
