"""Where the app finds its Supabase project, and where it may keep files."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

URL_VARIABLE = "DESKBELL_SUPABASE_URL"
KEY_VARIABLE = "DESKBELL_PUBLISHABLE_KEY"
ASSETS = Path(__file__).resolve().parent.parent / "assets"


@dataclass(frozen=True, slots=True)
class Settings:
    """The project the app talks to. `data_dir` is None where nothing may be written (the web)."""

    supabase_url: str = ""
    publishable_key: str = ""
    data_dir: Path | None = None

    @property
    def complete(self) -> bool:
        """Whether the app knows a project; otherwise it asks on its first screen."""
        return bool(self.supabase_url and self.publishable_key)


def normal_url(text: str) -> str | None:
    """An address as typed by a person, made whole; None when it cannot be one."""
    url = text.strip().rstrip("/")
    if url and "://" not in url:
        url = f"https://{url}"
    scheme, _, host = url.partition("://")
    if scheme not in ("http", "https") or not host or any(c.isspace() for c in host):
        return None
    return url


def device_data_dir() -> Path:
    """The app's own folder on this device: Flet names it on phones, else a folder in home."""
    named = os.environ.get("FLET_APP_STORAGE_DATA")
    return Path(named) if named else Path.home() / ".deskbell"


def device_settings() -> Settings:
    """Settings on a device: environment, then what the person typed, then what was packaged."""
    folder = device_data_dir()
    for values in (_from_environment(), _from_file(folder / "deskbell.json"), _packaged()):
        if values:
            return Settings(*values, data_dir=folder)
    return Settings(data_dir=folder)


def remember(settings: Settings) -> None:
    """Keep the project that the person typed on the first-run screen."""
    if settings.data_dir is None:
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    text = json.dumps(
        {"supabase_url": settings.supabase_url, "publishable_key": settings.publishable_key}
    )
    (settings.data_dir / "deskbell.json").write_text(text, encoding="utf-8")


def _from_environment() -> tuple[str, str] | None:
    url, key = os.environ.get(URL_VARIABLE, ""), os.environ.get(KEY_VARIABLE, "")
    return (url.rstrip("/"), key) if url and key else None


def _packaged() -> tuple[str, str] | None:
    folder = os.environ.get("FLET_ASSETS_DIR")
    return _from_file((Path(folder) if folder else ASSETS) / "deskbell.json")


def _from_file(path: Path) -> tuple[str, str] | None:
    """The two values of a settings file; a missing or broken file counts as none."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        url, key = values["supabase_url"], values["publishable_key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (str(url).rstrip("/"), str(key)) if url and key else None
