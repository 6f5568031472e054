"""Finds out which statement a REST request means; runs nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.http import Request, read_json
from gateway.rest import problems
from gateway.rest.parse import needed_filters, parse_columns, parse_query
from gateway.rest.prefer import Preferences, parse_prefer, wants_single
from gateway.rest.query import RESERVED, Query
from gateway.rest.sql import Builder, Write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.rest.catalog import Catalog
    from gateway.rest.shape import Relation, Routine

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE"})


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement that is ready to run, and how its answer is to look."""

    statement: str
    read_only: bool
    payload: str | None = None
    single: bool = False
    success: int = 200
    no_body: bool = False
    ranged: bool = False
    offset: int = 0
    as_object: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a change asks for besides its rows."""

    prefer: Preferences
    single: bool
    parameters: list[tuple[str, str]]

    def refuse_without_filters(self) -> None:
        """The platform's safeguard: a change of all rows must say so with a filter."""
        if not needed_filters(self.parameters):
            raise problems.problem(400, "21000", "UPDATE and DELETE require a WHERE clause")


@dataclass(slots=True)
class Planner:
    """Turns requests into plans, with what the catalog knows."""

    catalog: Catalog
    max_rows: int

    async def plan(self, request: Request, schema: str) -> Plan:
        """The plan of one request. Raises ApiProblem, BadQuery, NoLink or ManyLinks."""
        prefer = parse_prefer(request.headers.get("prefer", ""))
        single = wants_single(request.headers.get("accept", ""))
        target = request.path.strip("/")
        parameters = [pair for pair in request.query if pair[0] not in {"apikey"}]
        if target.startswith("rpc/"):
            return await self._plan_call(request, schema, target[4:], parameters, single)
        if not target or "/" in target:
            raise problems.problem(404, "PGRST125", "Invalid path specified in request URL")
        if request.method not in METHODS:
            raise problems.problem(405, "PGRST117", f"Unsupported HTTP method: {request.method}")
        relation = await self.catalog.relation(schema, target)
        if relation is None:
            known = (name for space, name in self.catalog.shape.relations if space == schema)
            raise problems.no_relation(schema, target, known)
        query = parse_query(parameters)
        if request.method in {"GET", "HEAD"}:
            return self._plan_read(relation, query, prefer, single)
        return self._plan_change(request, relation, query, Change(prefer, single, parameters))

    def _plan_read(
        self, relation: Relation, query: Query, prefer: Preferences, single: bool
    ) -> Plan:
        statement = self._builder(relation.schema).select(
            relation, query, exact_count=bool(prefer.count)
        )
        return Plan(
            statement,
            read_only=True,
            single=single,
            ranged=True,
            offset=query.offset,
            as_object=single,
        )

    def _plan_change(
        self, request: Request, relation: Relation, query: Query, change: Change
    ) -> Plan:
        builder = self._builder(relation.schema)
        returning = change.prefer.returns == "representation"
        write = Write(returning, change.prefer.resolution, _named(change.parameters, "on_conflict"))
        if request.method == "DELETE":
            change.refuse_without_filters()
            statement, payload, success = builder.delete(relation, query, write), None, 200
        else:
            body = _body(request)
            columns = _named(change.parameters, "columns") or _keys(body)
            for column in (*columns, *write.conflict_columns):
                if column not in relation.columns:
                    raise problems.no_column(relation.name, column)
            payload = request.body.decode()
            if request.method == "PATCH":
                change.refuse_without_filters()
                statement, success = builder.update(relation, query, columns, write), 200
            else:
                statement, success = builder.insert(relation, query, columns, write), 201
        if not returning and success == 200:
            success = 204
        single = change.single and returning
        return Plan(
            statement, False, payload, single, success, not returning, True, as_object=single
        )

    async def _plan_call(
        self,
        request: Request,
        schema: str,
        name: str,
        parameters: list[tuple[str, str]],
        single: bool,
    ) -> Plan:
        if request.method not in {"GET", "HEAD", "POST"}:
            raise problems.problem(405, "PGRST101", "Cannot use the HTTP method on RPC")
        as_text = request.method != "POST"
        routines = await self.catalog.routines(schema, name)
        given, rest = _arguments(request, routines, parameters)
        routine = self._choose(schema, name, routines, frozenset(given))
        statement = self._builder(schema).call(
            routine, list(given), parse_query(rest), as_text=as_text
        )
        return Plan(
            statement,
            read_only=as_text or not routine.writes,
            payload=json.dumps(given) if as_text else request.body.decode() or "{}",
            single=single and routine.is_set,
            success=204 if routine.gives == "void" else 200,
            no_body=routine.gives == "void",
            as_object=single and routine.is_set,
        )

    def _choose(
        self, schema: str, name: str, routines: Sequence[Routine], given: frozenset[str]
    ) -> Routine:
        fitting = [routine for routine in routines if routine.accepts(given)]
        if not fitting:
            known = (other for space, other in self.catalog.shape.routines if space == schema)
            raise problems.no_routine(schema, name, given, known)
        if len(fitting) > 1:
            raise problems.many_routines(
                f"{schema}.{name}({', '.join(f'{a.name} => {a.type}' for a in routine.arguments)})"
                for routine in fitting
            )
        return fitting[0]

    def _builder(self, schema: str) -> Builder:
        return Builder(self.catalog.shape, schema, self.max_rows)


def _named(parameters: Sequence[tuple[str, str]], wanted: str) -> tuple[str, ...]:
    return next((parse_columns(value) for key, value in parameters if key == wanted), ())


def _body(request: Request) -> Any:
    try:
        return read_json(request.body.decode())
    except ValueError as error:
        raise problems.problem(400, "PGRST102", "Empty or invalid json") from error


def _keys(body: Any) -> tuple[str, ...]:
    rows = body if isinstance(body, list) else [body]
    if not all(isinstance(row, dict) for row in rows):
        raise problems.problem(
            400, "PGRST102", "The body must be a JSON object or an array of objects"
        )
    if any(row.keys() != rows[0].keys() for row in rows):
        raise problems.problem(400, "PGRST102", "All object keys must match")
    return tuple(rows[0]) if rows else ()


def _arguments(
    request: Request, routines: Sequence[Routine], parameters: list[tuple[str, str]]
) -> tuple[Mapping[str, Any], list[tuple[str, str]]]:
    """The arguments of a call, and the parameters that are about its answer."""
    if request.method == "POST":
        body = _body(request) if request.body.strip() else {}
        if not isinstance(body, dict):
            raise problems.problem(400, "PGRST102", "The body must be a JSON object")
        return body, parameters
    names = {argument.name for routine in routines for argument in routine.arguments}
    unknown = not routines
    given = {
        key: value for key, value in parameters if key in names or (unknown and key not in RESERVED)
    }
    return given, [(key, value) for key, value in parameters if key not in given]
