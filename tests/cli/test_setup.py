"""Set-up does each step once, again when its sources change, and says in a sentence what fails.

A small copy of the repository is set up, with an npm that only writes down what it is asked.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from desk_cli.places import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NODE = "#!/bin/sh\necho v22.0.0\n"
NPM = '#!/bin/sh\necho "$*" >> "$ASKED"\nmkdir -p node_modules dist\n'
BROKEN_NPM = "#!/bin/sh\necho no network >&2\nexit 1\n"
MARK_PYTHON_DONE = (
    "from machine import python_env, shell\n"
    "shell.mark_done('python-dev', python_env.packages_fingerprint())"
)


class Copy:
    """A copy of what set-up reads, with the Python packages already done."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked = root / "asked.txt"
        shutil.copytree(ROOT / "scripts", root / "scripts")
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, root / name)
        for folder in (".venv/bin", "widget/src", "tools"):
            (root / folder).mkdir(parents=True)
        (root / ".venv/bin/python").symlink_to(sys.executable)
        for name in ("package.json", "package-lock.json", "src/index.ts"):
            (root / "widget" / name).write_text("{}")
        self.tool("node", NODE)
        self.tool("npm", NPM)
        self.python("-c", MARK_PYTHON_DONE)

    def tool(self, name: str, script: str) -> None:
        path = self.root / "tools" / name
        path.write_text(script)
        path.chmod(0o755)

    def python(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={
                "PATH": f"{self.root / 'tools'}{os.pathsep}/usr/bin:/bin",
                "PYTHONPATH": str(self.root / "scripts"),
                "ASKED": str(self.asked),
            },
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stderr

    def set_up(self) -> tuple[int, str]:
        return self.python("scripts/setup.py", "try")

    def requests(self) -> list[str]:
        return self.asked.read_text().splitlines() if self.asked.exists() else []


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path / "copy")


def test_a_second_run_does_nothing(copy: Copy) -> None:
    assert copy.set_up()[0] == 0
    assert copy.requests() == ["ci --no-audit --no-fund", "run build"]
    assert copy.set_up() == (0, "")
    assert len(copy.requests()) == 2


def test_a_changed_source_builds_the_widget_again_and_installs_nothing(copy: Copy) -> None:
    copy.set_up()
    (copy.root / "widget/src/index.ts").write_text("changed")
    copy.set_up()
    assert copy.requests()[2:] == ["run build"]


def test_changed_packages_are_installed_again(copy: Copy) -> None:
    copy.set_up()
    (copy.root / "widget/package-lock.json").write_text('{"changed": true}')
    copy.set_up()
    assert copy.requests()[2:] == ["ci --no-audit --no-fund", "run build"]


def test_a_changed_lint_rule_installs_no_python_package(copy: Copy) -> None:
    project = copy.root / "pyproject.toml"
    project.write_text(project.read_text().replace("line-length = 100", "line-length = 90"))
    code, said = copy.set_up()
    assert code == 0
    assert "Python packages" not in said


def test_a_failing_npm_shows_its_words_and_what_to_do(copy: Copy) -> None:
    copy.tool("npm", BROKEN_NPM)
    code, said = copy.set_up()
    assert code == 1
    assert "no network" in said
    assert "Check the network" in said
    assert "Traceback" not in said


def test_a_failed_step_is_tried_again(copy: Copy) -> None:
    copy.tool("npm", BROKEN_NPM)
    copy.set_up()
    copy.tool("npm", NPM)
    assert copy.set_up()[0] == 0


def test_half_a_repository_is_refused(copy: Copy) -> None:
    shutil.rmtree(copy.root / "widget")
    code, said = copy.set_up()
    assert code == 1
    assert "full copy" in said


def test_tools_are_put_where_builds_and_tests_find_them(copy: Copy) -> None:
    copy.set_up()
    node = copy.root / ".deskbell/bin/node"
    assert subprocess.check_output([node], text=True) == "v22.0.0\n"
