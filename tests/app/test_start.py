"""Starting: quick on a device, and sorted by who may import whom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from importlinter.cli import lint_imports

from desk.backend.cache import Cache, open_database
from desk.settings import Settings, device_settings, normal_url, remember
from desk.shell.discover import find_screens
from tests.app.support import make

ROOT = Path(__file__).resolve().parents[2]

FIRST_FRAME = """
import asyncio, sys
from pathlib import Path
from desk.settings import Settings
from desk.shell.app import make_main
from tests.app.support.headless import Screen

async def start():
    screen = Screen(route="/chats")
    await make_main(Settings("http://127.0.0.1:9", "key", Path(sys.argv[1])))(screen.page)
    for _ in range(60):
        if painted := screen.shows("Maya Torres"):
            break
        await asyncio.sleep(0)
    heavy = [name for name in ("supabase", "realtime", "httpx", "pydantic") if name in sys.modules]
    print(painted, heavy, flush=True)
    import os; os._exit(0)

asyncio.run(start())
"""
SESSION = '{"user": {"id": "u-ann"}}'


def leave_off(folder: Path) -> None:
    """What a device holds after somebody used it: a desk and a session."""
    database = open_database(folder)
    Cache(database).keep_desk(make.desk(active=(make.active(),)))
    database.execute("insert into tokens values ('supabase.auth.token', ?)", (SESSION,))
    database.close()


def test_the_cached_lists_are_painted_before_supabase_is_imported(tmp_path: Path) -> None:
    leave_off(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", FIRST_FRAME, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert run.stdout.split("\n")[0] == "True []", run.stdout + run.stderr


def test_the_import_contracts_hold() -> None:
    assert lint_imports(str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_every_feature_with_a_screen_is_found_in_order() -> None:
    assert [screen.path for screen in find_screens()] == ["visitors", "chats", "history"]


def test_a_typed_address_is_made_whole_or_refused() -> None:
    assert normal_url(" abc.supabase.co/ ") == "https://abc.supabase.co"
    assert normal_url("http://127.0.0.1:8000") == "http://127.0.0.1:8000"
    assert normal_url("") is None
    assert normal_url("ftp://x") is None
    assert normal_url("two words") is None


def test_what_was_typed_is_remembered(tmp_path: Path) -> None:
    remember(Settings("https://a.b", "key", tmp_path))
    assert (tmp_path / "deskbell.json").exists()
    assert device_settings().data_dir is not None
