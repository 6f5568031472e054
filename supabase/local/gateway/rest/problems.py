"""Errors of the REST API: PostgREST's codes, statuses and bodies. Pure."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from gateway.errors import ApiProblem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHOSEN = re.compile(r"^PT(\d{3})$")
BY_STATE = {
    "23503": 409,
    "23505": 409,
    "25006": 405,
    "21000": 400,
    "42883": 404,
    "42P01": 404,
    "42P17": 500,
    "22023": 400,
    "P0001": 400,
    "53400": 500,
    "57014": 500,
}
BY_CLASS = {
    "08": 503,
    "09": 500,
    "0L": 403,
    "0P": 403,
    "25": 500,
    "28": 403,
    "2D": 500,
    "38": 500,
    "39": 500,
    "3B": 500,
    "40": 500,
    "53": 503,
    "54": 500,
    "55": 500,
    "57": 500,
    "58": 500,
    "F0": 500,
    "HV": 500,
    "P0": 500,
    "XX": 500,
}


def problem(
    status: int, code: str, message: str, details: str | None = None, hint: str | None = None
) -> ApiProblem:
    """An error of the API itself."""
    return ApiProblem(status, {"code": code, "details": details, "hint": hint, "message": message})


def from_postgres(
    state: str, message: str, details: str | None, hint: str | None, *, anonymous: bool
) -> ApiProblem:
    """What an error raised by the database becomes."""
    if state == "PGRST":
        return _fully_chosen(message, details)
    if state == "ZG116":
        return not_one_row(int(details or 0))
    headers = {"www-authenticate": "Bearer"} if state == "42501" and anonymous else {}
    return ApiProblem(
        status_of(state, message, anonymous=anonymous),
        {"code": state, "details": details, "hint": hint, "message": message},
        headers,
    )


def status_of(state: str, message: str, *, anonymous: bool) -> int:
    """The HTTP status of an SQLSTATE; `PTxyz` chooses xyz itself."""
    chosen = CHOSEN.match(state)
    if chosen:
        return int(chosen.group(1)) if 200 <= int(chosen.group(1)) <= 599 else 500
    if state == "42501":
        return 401 if anonymous else 403
    if state == "22023" and message.startswith("role ") and message.endswith("does not exist"):
        return 401
    return BY_STATE.get(state) or BY_CLASS.get(state[:2], 400)


def not_one_row(rows: int) -> ApiProblem:
    """PGRST116: one row was asked for."""
    return problem(
        406,
        "PGRST116",
        "Cannot coerce the result to a single JSON object",
        f"The result contains {rows} rows",
    )


def no_relation(schema: str, name: str, known: Iterable[str]) -> ApiProblem:
    """PGRST205."""
    near = _nearest(name, known)
    hint = f"Perhaps you meant the table '{schema}.{near}'" if near else None
    message = f"Could not find the table '{schema}.{name}' in the schema cache"
    return problem(404, "PGRST205", message, hint=hint)


def no_routine(schema: str, name: str, given: Iterable[str], known: Iterable[str]) -> ApiProblem:
    """PGRST202."""
    names = ", ".join(sorted(given))
    called = f"({names})" if names else " without parameters"
    near = _nearest(name, known)
    parameters = (
        f"with parameter{'s' if ',' in names else ''} {names}" if names else "without parameters"
    )
    return problem(
        404,
        "PGRST202",
        f"Could not find the function {schema}.{name}{called} in the schema cache",
        f"Searched for the function {schema}.{name} {parameters}, "
        "but no matches were found in the schema cache.",
        f"Perhaps you meant to call the function {schema}.{near}" if near else None,
    )


def many_routines(signatures: Iterable[str]) -> ApiProblem:
    """PGRST203."""
    listed = ", ".join(signatures)
    return problem(
        300,
        "PGRST203",
        f"Could not choose the best candidate function between: {listed}",
        hint="Try renaming the parameters or the function itself in the database so function "
        "overloading can be resolved",
    )


def no_column(table: str, column: str) -> ApiProblem:
    """PGRST204."""
    message = f"Could not find the '{column}' column of '{table}' in the schema cache"
    return problem(400, "PGRST204", message)


def no_link(parent: str, wanted: str, hint: str, schema: str) -> ApiProblem:
    """PGRST200."""
    using = f" using the hint '{hint}'" if hint else ""
    return problem(
        400,
        "PGRST200",
        f"Could not find a relationship between '{parent}' and '{wanted}' in the schema cache",
        f"Searched for a foreign key relationship between '{parent}' and '{wanted}'{using} in the "
        f"schema '{schema}', but no matches were found.",
    )


def many_links(parent: str, wanted: str, names: Iterable[str]) -> ApiProblem:
    """PGRST201."""
    options = ", ".join(f"'{wanted}!{name}'" for name in names)
    return problem(
        300,
        "PGRST201",
        "Could not embed because more than one relationship was found for "
        f"'{parent}' and '{wanted}'",
        hint=f"Try changing '{wanted}' to one of the following: {options}.",
    )


def _fully_chosen(message: str, details: str | None) -> ApiProblem:
    """`raise sqlstate 'PGRST'`: the function wrote body, status and headers itself, as JSON."""
    try:
        body: Mapping[str, object] = json.loads(message)
        wanted = json.loads(details or "")
        headers = {str(key).lower(): str(value) for key, value in wanted.get("headers", {}).items()}
        whole = {"code": body["code"], "message": body["message"]}
        whole |= {"details": body.get("details"), "hint": body.get("hint")}
        return ApiProblem(int(wanted["status"]), whole, headers)
    except (ValueError, KeyError, TypeError, AttributeError):
        return problem(
            500, "PGRST121", "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error", message
        )


def _nearest(name: str, known: Iterable[str]) -> str | None:
    import difflib

    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return near[0] if near else None
