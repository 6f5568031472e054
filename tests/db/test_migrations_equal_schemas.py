"""The migrations make exactly what the schemas say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scripts.catalog import Difference, catalog_of, differences
from scripts.schema import MIGRATIONS, SCHEMAS, concatenated, next_migration, released

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.postgres import Cluster


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "00_notes.sql").write_text(
        "create table public.notes (id uuid primary key, body text not null);\n"
        "create function public.note(id uuid) returns text language sql stable\n"
        "set search_path = ''\n"
        "begin atomic; select n.body from public.notes n where n.id = note.id; end;\n"
    )
    return tmp_path


async def test_the_migrations_make_what_the_schemas_make(cluster: Cluster) -> None:
    made = await catalog_of(cluster, MIGRATIONS)
    meant = await catalog_of(cluster, SCHEMAS)
    assert differences(made, meant) == [], "run `make schema name=what_it_does`"
    assert ("function", "public.my_desk()") in made


async def test_a_changed_column_is_a_difference(cluster: Cluster, folder: Path) -> None:
    before = await catalog_of(cluster, folder)
    (folder / "10_more.sql").write_text("alter table public.notes alter body drop not null;")
    found = differences(before, await catalog_of(cluster, folder))
    assert ("column", "public.notes.body") in [each.thing for each in found]


async def test_a_changed_function_is_written_by_machine(cluster: Cluster, folder: Path) -> None:
    before = await catalog_of(cluster, folder)
    file = folder / "00_notes.sql"
    file.write_text(file.read_text().replace("select n.body", "select upper(n.body)"))
    after = await catalog_of(cluster, folder)
    written = next_migration(differences(before, after))
    file.write_text(file.read_text().replace("select upper(n.body)", "select n.body"))
    (folder / "10_next.sql").write_text(written)
    assert differences(await catalog_of(cluster, folder), after) == []


def test_what_holds_data_is_left_to_a_person() -> None:
    lost = Difference(("column", "public.chats.rating"), "int", None)
    written = next_migration([lost])
    assert all(line.startswith("--") for line in written.splitlines())


def test_the_schemas_are_put_in_the_order_of_their_numbers(folder: Path) -> None:
    (folder / "05_first.sql").write_text("select 5;\n")
    assert concatenated(folder).endswith("select 5;\n")


@pytest.mark.parametrize(
    ("changelog", "answer"),
    [("## Unreleased\n", False), ("# Changelog\n\n## 0.1.0 - 2027-01-02\n", True)],
)
def test_a_version_in_the_changelog_ends_the_time_of_the_one_migration(
    changelog: str, answer: bool
) -> None:
    assert released(changelog) is answer
