"""Answers `/rest/v1/*`: finds out what is meant, has the SQL built, runs it as the caller."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg

from gateway.caller import BadToken, Caller, Doorkeeper
from gateway.database import PROBLEMS_OF_CONNECTION, Call, Database
from gateway.http import JSON, Reply, Request
from gateway.rest import problems
from gateway.rest.links import ManyLinks, NoLink
from gateway.rest.query import BadQuery

if TYPE_CHECKING:
    from gateway.errors import ApiProblem
    from gateway.rest.plan import Plan, Planner
    from gateway.settings import Settings

HIDDEN_HEADERS = frozenset({"apikey"})


@dataclass(slots=True)
class Rest:
    """The REST service."""

    settings: Settings
    database: Database
    planner: Planner
    doorkeeper: Doorkeeper

    async def answer(self, request: Request) -> Reply:
        """Answer one request. Raises ApiProblem."""
        caller = self._caller(request)
        schema = self._schema(request)
        try:
            plan = await self.planner.plan(request, schema)
            return await self._run(request, caller, schema, plan)
        except BadQuery as error:
            raise problems.problem(400, "PGRST100", str(error)) from error
        except NoLink as error:
            raise problems.no_link(
                error.parent, error.embed.relation, error.embed.hint, schema
            ) from error
        except ManyLinks as error:
            raise problems.many_links(error.parent, error.embed.relation, error.names) from error

    def _caller(self, request: Request) -> Caller:
        try:
            return self.doorkeeper.identify(request.headers, request.parameter("apikey"))
        except BadToken as error:
            code = "PGRST303" if error.reason == "expired" else "PGRST301"
            refusal = problems.problem(401, code, str(error))
            refusal.headers["www-authenticate"] = (
                f'Bearer error="invalid_token", error_description="{code}"'
            )
            raise refusal from error

    def _schema(self, request: Request) -> str:
        reads = request.method in {"GET", "HEAD"}
        wanted = request.headers.get("accept-profile" if reads else "content-profile")
        if wanted and wanted not in self.settings.schemas:
            listed = ", ".join(self.settings.schemas)
            hint = f"Only the following schemas are exposed: {listed}"
            raise problems.problem(406, "PGRST106", f"Invalid schema: {wanted}", hint=hint)
        return wanted or self.settings.schemas[0]

    async def _run(self, request: Request, caller: Caller, schema: str, plan: Plan) -> Reply:
        visible = {
            key: value for key, value in request.headers.items() if key not in HIDDEN_HEADERS
        }
        call = Call(
            role=caller.role,
            claims=caller.claims_text,
            headers=json.dumps(visible),
            method=request.method,
            path=request.path,
            search_path=f'"{schema}", public, extensions',
            read_only=plan.read_only,
            statement=plan.statement,
            payload=plan.payload,
            single=plan.single,
        )
        try:
            row = await self.database.call(call)
        except asyncpg.PostgresError as error:
            raise _translated(error, caller) from error
        except PROBLEMS_OF_CONNECTION as error:
            raise _unreachable() from error
        return _reply(plan, row)


def _translated(error: asyncpg.PostgresError, caller: Caller) -> ApiProblem:
    if isinstance(error, PROBLEMS_OF_CONNECTION):
        return _unreachable()
    return problems.from_postgres(
        str(getattr(error, "sqlstate", None) or "XX000"),
        error.args[0] if error.args else "",
        getattr(error, "detail", None),
        getattr(error, "hint", None),
        anonymous=caller.role == "anon",
    )


def _unreachable() -> ApiProblem:
    message = "Could not connect with the database. Retrying the connection."
    return problems.problem(503, "PGRST001", message)


def _reply(plan: Plan, row: asyncpg.Record) -> Reply:
    headers = _reply_headers(row["reply_headers"])
    if plan.ranged:
        headers["content-range"] = _content_range(plan.offset, row["page"], row["total"])
    status = int(row["status"]) if row["status"] else plan.success
    if plan.no_body:
        return Reply(status, b"", headers)
    body: str = row["body"] if row["body"] is not None else "null"
    headers["content-type"] = JSON
    if plan.as_object:
        body = _only_element(body)
        headers["content-type"] = "application/vnd.pgrst.object+json; charset=utf-8"
    beyond = plan.ranged and row["total"] is not None and row["page"] < row["total"]
    return Reply(206 if beyond and status == 200 else status, body.encode(), headers)


def _only_element(array: str) -> str:
    """Postgres wrote an array of one element; the outer brackets go."""
    return array.strip()[1:-1].strip()


def _content_range(offset: int, page: int, total: int | None) -> str:
    where = f"{offset}-{offset + page - 1}" if page else "*"
    return f"{where}/{'*' if total is None else total}"


def _reply_headers(text: str | None) -> dict[str, str]:
    """`set_config('response.headers', '[{"Name": "value"}]', true)` in a function."""
    if not text:
        return {}
    try:
        return {str(k).lower(): str(v) for item in json.loads(text) for k, v in item.items()}
    except (ValueError, TypeError, AttributeError):
        raise problems.problem(
            500,
            "PGRST111",
            "response.headers guc must be a JSON array composed of objects with a "
            "single key and a string value",
        ) from None
