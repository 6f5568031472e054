"""Where the parts of the repository are: the command runs from a copy of it, not from a wheel."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_DATA = ROOT / ".deskbell" / "try"
DEMO_PAGES = ROOT / "widget" / "demo"
WIDGET = ROOT / "widget" / "dist"
DEMO_DATA = ROOT / "supabase" / "demo.json"
BUILD_SETTINGS = ROOT / "flet.toml"
