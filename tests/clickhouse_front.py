"""A ClickHouse HTTP server for tests: the server's protocol in front of the chDB engine.

    python tests/clickhouse_front.py --port 8123 --path DIR [--user U --password P]

It keeps to what a ClickHouse server does where a client could notice: credentials, databases,
settings and bound values in the URL or a form with the server's limits on their size, compressed
bodies both ways, errors as status, header and text. It is one node; nothing here replicates.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import re
import threading
import uuid
import zlib
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import chdb
import zstandard

MAX_URI_BYTES: Final = 1 << 20
MAX_FIELD_BYTES: Final = 128 << 10
"""Defaults of `http_max_uri_size` and `http_max_field_value_size`."""
HANDLES: Final = 8

_OURS: Final = frozenset(
    {
        *("query", "database", "user", "password", "session_id", "session_timeout"),
        *("session_check", "query_id", "quota_key", "compress", "decompress", "buffer_size"),
        *("wait_end_of_query", "default_format", "client_protocol_version", "role"),
        *("enable_http_compression", "cancel_http_readonly_queries_on_client_close"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
    }
)
"""What the HTTP interface keeps for itself; all other parameters are settings or bound values."""

_INSERT: Final = re.compile(
    rb"\s*(INSERT\s+INTO\s+[^()]+?\s*(?:\([^()]*\))?)\s*FORMAT\s+(\w+)[ \t]*\r?\n?", re.IGNORECASE
)
_FORMAT: Final = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*$", re.IGNORECASE)
_CODE: Final = re.compile(r"Code: (\d+)")
_STATUS: Final = {"60": 404, "81": 404, "46": 404, "62": 400, "47": 404, "516": 403, "497": 403}


class Refused(Exception):
    """What the server answers instead of a result."""

    def __init__(self, status: int, code: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request, unpacked."""

    statement: bytes
    fields: dict[str, str]
    default_format: str

    def named(self, prefix: str) -> dict[str, str]:
        return {k.removeprefix(prefix): v for k, v in self.fields.items() if k.startswith(prefix)}

    @property
    def settings(self) -> dict[str, str]:
        return {
            k: v for k, v in self.fields.items() if k not in _OURS and not k.startswith("param_")
        }


class Engine:
    """Runs each question on a handle of its own, so that settings and database stay with it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open = chdb.connect(path)  # while one handle is open the engine stays up
        self._room = threading.BoundedSemaphore(HANDLES)

    def run(self, question: Question) -> tuple[bytes, str]:
        """The answer and its format. Raises Refused."""
        with self._room:
            handle = chdb.connect(self._path)
            try:
                return self._run(handle, question)
            except RuntimeError as e:
                text = str(e)
                text = text[text.find("Code: ") :] if "Code: " in text else text
                code = m[1] if (m := _CODE.match(text)) else "1002"
                raise Refused(_STATUS.get(code, 500), code, text) from e
            finally:
                handle.close()

    @staticmethod
    def _run(handle: Any, question: Question) -> tuple[bytes, str]:  # Any: chDB has no types
        database = question.fields.get("database")
        if database:
            handle.query(f"USE `{database.replace('`', '``')}`")
        for name, value in question.settings.items():
            text = value.replace("\\", "\\\\").replace("'", "\\'")
            handle.query(f"SET {re.sub(r'[^A-Za-z0-9_]', '', name)} = '{text}'")
        insert = _INSERT.match(question.statement)
        if insert is not None:
            inserter = handle.send_insert(insert[1].decode(), insert[2].decode())
            inserter.append(question.statement[insert.end() :])
            inserter.finish()
            return b"", ""
        named = _FORMAT.search(question.statement)
        answer = handle.query(
            question.statement.decode(),
            question.default_format,
            params=question.named("param_"),
        )
        return answer.bytes() or b"", named[1].decode() if named else question.default_format


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Front

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/ping":
            self._send(200, b"Ok.\n", {})
            return
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def _answer(self, body: bytes) -> None:
        try:
            question = self._question(body)
            result, fmt = self.server.engine.run(question)
        except Refused as e:
            text = f"{e} (version {chdb.engine_version})\n".encode()
            self._send(e.status, text, {"X-ClickHouse-Exception-Code": e.code})
            return
        except Exception as e:  # noqa: BLE001 - the test sees it as the server's own failure
            self._send(500, f"Code: 1002. {e!r}".encode(), {"X-ClickHouse-Exception-Code": "1002"})
            return
        headers = {
            "X-ClickHouse-Query-Id": question.fields.get("query_id") or str(uuid.uuid4()),
            "X-ClickHouse-Timezone": "UTC",
            "X-ClickHouse-Summary": json.dumps({"read_rows": "0", "written_rows": "0"}),
        }
        if fmt:
            headers["X-ClickHouse-Format"] = fmt
        if question.fields.get("enable_http_compression") == "1":
            result, encoding = self._packed(result)
            headers |= {"Content-Encoding": encoding} if encoding else {}
        self._send(200, result, headers)

    def _question(self, body: bytes) -> Question:
        if len(self.path) > MAX_URI_BYTES:
            raise Refused(400, "1000", "Code: 1000. Poco: URI Too Long")
        fields = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        if self.headers.get_content_type() == "multipart/form-data":
            boundary = str(self.headers.get_param("boundary"))
            fields |= _form(body, boundary.encode())
            body = b""
        for name, value in fields.items():
            if name != "query" and len(value.encode()) > MAX_FIELD_BYTES:
                raise Refused(400, "1000", f"Code: 1000. HTML Form Exception: {name} is too long")
        self._authenticate(fields)
        query = fields.get("query", "").encode()
        return Question(
            statement=query + b"\n" + body if query and body else query or body,
            fields=fields,
            default_format=fields.get("default_format")
            or self.headers.get("X-ClickHouse-Format")
            or "TabSeparated",
        )

    def _authenticate(self, fields: dict[str, str]) -> None:
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        user, _, password = base64.b64decode(given).decode().partition(":")
        user = user or self.headers.get("X-ClickHouse-User") or fields.get("user") or "default"
        password = password or self.headers.get("X-ClickHouse-Key") or fields.get("password", "")
        if (user, password) != self.server.login:
            raise Refused(
                403,
                "516",
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect,"
                " or there is no user with such name. (AUTHENTICATION_FAILED)",
            )

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        match self.headers.get("Content-Encoding", ""):
            case "gzip":
                return gzip.decompress(body)
            case "deflate":
                return zlib.decompress(body)
            case "zstd":
                return zstandard.ZstdDecompressor().decompressobj().decompress(body)
            case "lz4":
                import lz4.frame

                return bytes(lz4.frame.decompress(body))
            case _:
                return body

    def _packed(self, data: bytes) -> tuple[bytes, str]:
        accepted = [e.strip() for e in self.headers.get("Accept-Encoding", "").split(",")]
        if "zstd" in accepted:
            return zstandard.ZstdCompressor(1).compress(data), "zstd"
        if "gzip" in accepted:
            return gzip.compress(data, 1), "gzip"
        return data, ""

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a test reads what went wrong in the answer."""


def _form(body: bytes, boundary: bytes) -> dict[str, str]:
    fields = {}
    for part in body.split(b"--" + boundary)[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        if name is not None:
            fields[name[1].decode()] = value.removesuffix(b"\r\n").decode()
    return fields


class Front(ThreadingHTTPServer):
    """Listens, and holds the engine."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, path: str, login: tuple[str, str]) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.engine = Engine(path)
        self.login = login


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--path", required=True)
    parser.add_argument("--user", default="default")
    parser.add_argument("--password", default="")
    options = parser.parse_args()
    os.environ["TZ"] = "UTC"
    Front(options.port, options.path, (options.user, options.password)).serve_forever()


if __name__ == "__main__":
    main()
