"""The documents tell the truth: what they name exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from desk_cli.main import parser
from desk_cli.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MAKEFILE = (ROOT / "Makefile").read_text()
README = (ROOT / "README.md").read_text()
WIDGET = (ROOT / "docs" / "widget.md").read_text()
SQL_API = (ROOT / "docs" / "sql-api.md").read_text()
DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("**/*.md")]
MADE = re.compile(r"create (?:or replace )?function public\.(\w+)\s*\(", re.IGNORECASE)
CALLED = re.compile(r"`([a-z_]+)\([^`]*\)`")


def public_functions() -> set[str]:
    schemas = (ROOT / "supabase" / "schemas").glob("*.sql")
    return {name for path in schemas for name in MADE.findall(path.read_text())}


def documented_functions() -> set[str]:
    rows = [line for line in SQL_API.splitlines() if line.startswith("|")]
    return {name for row in rows for name in CALLED.findall(row)}


def test_every_function_of_the_sql_api_exists() -> None:
    assert documented_functions() - public_functions() == set()


def test_every_public_function_is_in_the_sql_api() -> None:
    assert public_functions() - documented_functions() == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_that_is_named_exists(document: Path) -> None:
    text = document.read_text()
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document: Path) -> None:
    text, folder = document.read_text(), document.parent
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in links if not (folder / link).exists()] == []


def test_make_lists_every_target_a_person_may_call() -> None:
    listed = set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))
    assert listed == {
        "help", "setup", "try", "test", "check", "widget", "fix", "schema", "bench",
    }  # fmt: skip


def test_ci_runs_what_the_readme_says() -> None:
    command = (ROOT / ".ci" / "run").read_text().strip().splitlines()[-1]
    assert command == "exec make test"
    assert "\nmake test\n" in README


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_deskbell_command_is_understood(document: Path) -> None:
    text = document.read_text()
    for line in re.findall(r"^\.venv/bin/deskbell ([^#\n]+)", text, re.MULTILINE):
        parser().parse_args(line.replace("<ref>", "ref").split())


def test_the_readme_embeds_the_widget_as_the_demo_shop_does() -> None:
    page = (ROOT / "widget" / "demo" / "index.html").read_text()
    attributes = set(re.findall(r"(data-[a-z-]+)=", line_with_widget(page)))
    assert attributes == set(re.findall(r"(data-[a-z-]+)=", line_with_widget(README)))


def test_every_attribute_and_verb_of_the_widget_is_documented() -> None:
    loader, chat, bell = (
        (ROOT / "widget" / "src" / name).read_text()
        for name in ("loader.ts", "chat.ts", "bell.css")
    )
    read = re.findall(
        r"const \{([^}]+)\} = (?:host\.dataset|Object\.assign\(host\.dataset)", loader + chat
    )
    names = {name.split()[0] for one in read for name in one.split(",")}
    attributes = {"data-" + re.sub("[A-Z]", lambda at: "-" + at[0].lower(), name) for name in names}
    attributes |= set(re.findall(r"\[(data-[a-z-]+)", bell))
    told = WIDGET.split("## JavaScript")[0]
    assert set(re.findall(r"^\| `(data-[a-z-]+)`", told, re.MULTILINE)) == attributes
    verbs = set(re.findall(r"^    (\w+): \(\) => ", loader, re.MULTILINE))
    verbs |= set(re.findall(r'"(\w+)"', re.findall(r"for \(const verb of \[(.+)\]", loader)[0]))
    assert set(re.findall(r"^\| `(\w+)\(", WIDGET, re.MULTILINE)) == verbs


def line_with_widget(text: str) -> str:
    return next(line for line in text.splitlines() if "deskbell.js" in line and "<script" in line)


def test_no_host_of_a_package_registry_is_named() -> None:
    hosts = ("registry.npmjs" + ".org", "pypi" + ".org", "files.pythonhosted" + ".org")
    files = [*ROOT.glob("*.t*"), *ROOT.glob("widget/*.json"), *ROOT.glob("scripts/**/*.py")]
    named = [(path.name, host) for path in files for host in hosts if host in path.read_text()]
    assert named == []
