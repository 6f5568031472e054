"""The shop's server: its pages, the widget under /deskbell/, and nothing else of the disk."""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING

import pytest

from desk_cli.demo_server import Shop, serving
from desk_cli.errors import Trouble
from desk_cli.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

PAGE = (
    '<script src="/deskbell/deskbell.js" data-site="{{SITE_KEY}}" data-key="{{UNKNOWN}}"></script>'
)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    pages, widget = tmp_path / "pages", tmp_path / "dist"
    (pages / "lamps").mkdir(parents=True)
    widget.mkdir()
    (pages / "index.html").write_text(PAGE)
    (pages / "about.html").write_text("<h1>About</h1>")
    (pages / "lamps" / "index.html").write_text("<h1>Lamps</h1>")
    (widget / "deskbell.js").write_text("'{{SITE_KEY}}'")
    (tmp_path / "secret.txt").write_text("secret")
    return Shop(pages, widget, {"SITE_KEY": "demo-lumen-oak"})


@pytest.fixture
def port(shop: Shop) -> Generator[int]:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        free: int = probe.getsockname()[1]
    with serving(shop, HOST, free):
        yield free


def get(port: int, path: str, method: str = "GET") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    connection.request(method, path)
    answer = connection.getresponse()
    result = (answer.status, answer.headers["Content-Type"], answer.read().decode())
    connection.close()
    return result


@pytest.mark.parametrize("path", ["/", "/index.html", "/?from=mail", "/index"])
def test_pages_are_told_their_site(port: int, path: str) -> None:
    status, kind, body = get(port, path)
    assert (status, kind) == (200, "text/html; charset=utf-8")
    assert 'data-site="demo-lumen-oak"' in body
    assert "{{UNKNOWN}}" in body


@pytest.mark.parametrize(
    ("path", "heading"), [("/about", "About"), ("/lamps/", "Lamps"), ("/lamps", "Lamps")]
)
def test_a_page_has_a_short_address(port: int, path: str, heading: str) -> None:
    assert heading in get(port, path)[2]


def test_the_widget_is_served_as_it_was_built(port: int) -> None:
    assert get(port, "/deskbell/deskbell.js") == (
        200,
        "application/javascript; charset=utf-8",
        "'{{SITE_KEY}}'",
    )


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/deskbell/../../secret.txt",
        "//etc/passwd",
        "/%00",
        "/none",
    ],
)
def test_nothing_else_is_served(port: int, path: str) -> None:
    status, _, body = get(port, path)
    assert status == 404
    assert "secret" not in body


def test_a_link_out_of_the_folder_is_not_followed(shop: Shop, port: int) -> None:
    (shop.pages / "link.txt").symlink_to(shop.pages.parent / "secret.txt")
    assert get(port, "/link.txt")[0] == 404


def test_head_has_no_body(port: int) -> None:
    assert get(port, "/about", "HEAD") == (200, "text/html; charset=utf-8", "")


def test_a_taken_port_is_trouble(shop: Shop, port: int) -> None:
    with pytest.raises(Trouble, match=str(port)), serving(shop, HOST, port):
        pytest.fail("two servers on one port")
