"""`make schema name=…`: brings supabase/migrations up to supabase/schemas, which are the truth.

Until the first release there is one migration, the schemas in a row, and it is written anew. After
it migrations are only added: the next one is begun here with every function that changed, and a
list of the rest, which a person writes because it holds data.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.errors import StartupProblem
from gateway.postgres import Cluster
from scripts.catalog import catalog_of, differences

if TYPE_CHECKING:
    from scripts.catalog import Difference

ROOT = Path(__file__).resolve().parent.parent
SCHEMAS = ROOT / "supabase" / "schemas"
MIGRATIONS = ROOT / "supabase" / "migrations"
CHANGELOG = ROOT / "CHANGELOG.md"
NAME = re.compile(r"[a-z][a-z0-9_]*")
RELEASE = re.compile(r"^## \[?\d+\.\d+\.\d+", re.MULTILINE)


class SchemaError(Exception):
    """Says what is wrong and what to do."""


def main(arguments: list[str]) -> int:
    try:
        sys.stdout.write(f"{bring_up_to_date(arguments)}\n")
    except (SchemaError, StartupProblem) as error:
        sys.stderr.write(f"schema: {error}\n")
        return 1
    return 0


def bring_up_to_date(arguments: list[str]) -> str:
    if not released(CHANGELOG.read_text(encoding="utf-8")):
        path = initial_migration(MIGRATIONS)
        path.write_text(concatenated(SCHEMAS), encoding="utf-8")
        found = compare()
        if found:
            raise SchemaError(f"{path.name} does not make what the schemas make: {found[0].thing}.")
        return f"Wrote {path.relative_to(ROOT)} from the schemas; it applies."
    if len(arguments) != 1 or not NAME.fullmatch(arguments[0]):
        raise SchemaError("Say what the migration does, for example: make schema name=add_notes")
    found = compare()
    if not found:
        return "The migrations make what the schemas make; nothing to write."
    stamp = datetime.now(UTC).strftime("%Y%m%d%H%M%S")
    path = MIGRATIONS / f"{stamp}_{arguments[0]}.sql"
    path.write_text(next_migration(found), encoding="utf-8")
    return f"Wrote {path.relative_to(ROOT)}. Replace its `by hand` comments, then run make test."


def released(changelog: str) -> bool:
    """The changelog names a version."""
    return RELEASE.search(changelog) is not None


def initial_migration(folder: Path) -> Path:
    found = sorted(folder.glob("*.sql"))
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise SchemaError(f"Before the first release there is one migration, and here are {names}.")
    return found[0] if found else folder / "20261122000000_initial.sql"


def concatenated(folder: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.sql")))


def compare() -> list[Difference]:
    """What the migrations lack of the schemas; both are applied to an empty database."""
    with tempfile.TemporaryDirectory(prefix="deskbell-schema-") as folder:
        cluster = Cluster(Path(folder) / "cluster", durable=False)
        cluster.start()
        try:
            return asyncio.run(compare_on(cluster))
        finally:
            cluster.wipe()


async def compare_on(cluster: Cluster) -> list[Difference]:
    made = await catalog_of(cluster, MIGRATIONS)
    return differences(made, await catalog_of(cluster, SCHEMAS))


def next_migration(found: list[Difference]) -> str:
    return "\n".join(statement(each) for each in found)


def statement(difference: Difference) -> str:
    kind, name = difference.thing
    if kind == "function":
        return f"{difference.new};\n" if difference.new else f"drop function {name};\n"
    was, wanted = commented("was", difference.old), commented("shall be", difference.new)
    return f"-- by hand: {kind} {name}\n{was}{wanted}"


def commented(label: str, text: str | None) -> str:
    if text is None:
        return ""
    lines = "\n".join(f"--   {line}" for line in text.splitlines())
    return f"-- {label}:\n{lines}\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
