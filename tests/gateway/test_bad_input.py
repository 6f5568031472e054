"""Malformed requests get the platform's error shapes, never a traceback and never 500."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    import httpx

    from tests.gateway.serving import Served

PATHS = st.sampled_from(
    [
        "/rest/v1/authors",
        "/rest/v1/books",
        "/rest/v1/rpc/add",
        "/rest/v1/rpc/total",
        "/auth/v1/signup",
        "/auth/v1/token?grant_type=password",
        "/auth/v1/token?grant_type=refresh_token",
        "/auth/v1/user",
        "/auth/v1/admin/users",
        "/realtime/v1/api/broadcast",
        "/realtime/v1/api/broadcast/a/events/b",
        "/storage/v1/bucket",
        "/functions/v1/push",
    ]
)
METHODS = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["email", "password", "data", "a", "b", "name", "messages", "refresh_token"]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
BODIES = st.binary(max_size=60) | JSON_VALUES
QUERIES = st.dictionaries(
    st.sampled_from(
        ["select", "id", "name", "order", "limit", "or", "a", "columns", "on_conflict"]
    ),
    st.text(max_size=20),
    max_size=3,
)


async def test_anything_is_answered_with_a_status_below_500(
    gateway: Served, http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[tuple[str, str, object, dict[str, str], bool]] = []

    @settings(
        max_examples=120,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        deadline=None,
    )
    @given(METHODS, PATHS, BODIES, QUERIES, st.booleans())
    def collect(
        method: str, path: str, body: object, query: dict[str, str], signed_in: bool
    ) -> None:
        calls.append((method, path, body, query, signed_in))

    collect()
    caplog.set_level(logging.ERROR)
    for method, path, body, query, signed_in in calls:
        content = body if isinstance(body, bytes) else _json(body)
        headers = {"apikey": gateway.keys.secret} if signed_in else {}
        joint = "&" if "?" in path else "?"
        url = path + (joint + _encode(query) if query else "")
        answer = await http.request(method, url, content=content, headers=headers)
        assert answer.status_code < 500 or answer.status_code == 501, (
            method,
            url,
            content,
            answer.text,
        )
        if answer.status_code >= 400 and method != "HEAD":
            body_of_error = answer.json()
            assert (
                body_of_error.get("message") or body_of_error.get("msg") or body_of_error["errors"]
            )
    assert not caplog.records


@pytest.mark.parametrize(
    "path", ["/rest/v1/rpc/add", "/auth/v1/signup", "/realtime/v1/api/broadcast"]
)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"a": "\\ud800", "data": {"x": "\\ud800"}}',
        b"NaN",
        b"1",
    ],
)
async def test_what_is_no_json_is_refused(http: httpx.AsyncClient, path: str, body: bytes) -> None:
    answer = await http.post(path, content=body)
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text


async def test_a_huge_body_is_refused(http: httpx.AsyncClient) -> None:
    answer = await http.post("/rest/v1/rpc/add", content=b" " * (9 * 1024 * 1024))
    assert answer.status_code == 413
    assert answer.json()["message"]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/rest/v2/authors", "/graphql/v1"])
async def test_an_unknown_path_is_not_found(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(path)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/storage/v1/bucket", "/functions/v1/push"])
async def test_a_service_that_is_not_there_says_so(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.post(path, json={})
    assert answer.status_code == 501
    assert set(answer.json()) == {"statusCode", "error", "message"}


def _json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def _encode(query: dict[str, str]) -> str:
    return urlencode(query, errors="surrogatepass")
