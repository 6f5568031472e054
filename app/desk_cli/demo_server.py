"""Serves the demo shop at / and the built widget at /deskbell/, as any site and any CDN would.

It runs in a thread of the command and holds no state. In .html files the project's addresses
take the place of {{SUPABASE_URL}}, {{PUBLISHABLE_KEY}} and {{SITE_KEY}}.
"""

from __future__ import annotations

import contextlib
import mimetypes
import threading
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from desk_cli.errors import Trouble

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

WIDGET_PATH = "/deskbell/"
TEXT_TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
KNOWN = {
    ".js": "application/javascript",
    ".mjs": "application/javascript",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class Shop:
    """What the server serves: two folders and the words that are put into pages."""

    pages: Path
    widget: Path
    words: Mapping[str, str]

    def find(self, url: str) -> Path | None:
        """The file an address means, or None; never one outside of the two folders."""
        path = unquote(urlsplit(url).path)
        folder, rest = self.pages, path.lstrip("/")
        if path.startswith(WIDGET_PATH):
            folder, rest = self.widget, path.removeprefix(WIDGET_PATH)
        if "\0" in rest:
            return None
        for candidate in (rest, f"{rest}.html", f"{rest.rstrip('/')}/index.html".lstrip("/")):
            file = (folder / candidate).resolve()
            if file.is_file() and file.is_relative_to(folder.resolve()):
                return file
        return None

    def contents(self, file: Path) -> bytes:
        body = file.read_bytes()
        if file.suffix == ".html":
            for word, value in self.words.items():
                body = body.replace(b"{{%s}}" % word.encode(), value.encode())
        return body


class ShopServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], shop: Shop) -> None:
        self.shop = shop
        super().__init__(address, ShopRequest)


class ShopRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Deskbell"
    sys_version = ""
    timeout = 60
    server: ShopServer  # pyright: ignore[reportIncompatibleVariableOverride] - only ShopServer makes these

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is given by the base class
        """Requests to a demo page are nobody's business."""

    def _answer(self, *, with_body: bool) -> None:
        file = self.server.shop.find(self.path)
        found = file is not None
        kind = content_type(file) if found else "text/plain; charset=utf-8"
        body = self.server.shop.contents(file) if found else b"There is no such page.\n"
        with contextlib.suppress(ConnectionError):
            self.send_response(HTTPStatus.OK if found else HTTPStatus.NOT_FOUND)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-cache")
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            if with_body:
                self.wfile.write(body)


def content_type(file: Path) -> str:
    known = {
        ".js": "application/javascript",
        ".mjs": "application/javascript",
        ".woff2": "font/woff2",
    }
    kind = (
        known.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    )
    return f"{kind}; charset=utf-8" if kind.startswith(TEXT_TYPES) else kind


def listening(shop: Shop, host: str, port: int) -> ShopServer:
    try:
        return ShopServer((host, port), shop)
    except OSError as error:
        raise Trouble(f"The shop page cannot use port {port}: {error.strerror}.") from None


@contextlib.contextmanager
def serving(shop: Shop, host: str, port: int) -> Generator[None]:
    """Serve while the block runs."""
    with listening(shop, host, port) as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(0.1,), name="shop", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
