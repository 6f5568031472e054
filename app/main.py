"""The agent app on a device: `flet run app/main.py`, or packed by `flet build`."""

from __future__ import annotations

import flet as ft

from desk.shell.app import make_main

if __name__ == "__main__":
    ft.run(make_main(), assets_dir="assets", no_cdn=True)
