"""What every feature shares: who is signed in (`Session`) and the live desk (`Desk`)."""

from __future__ import annotations

from desk.stores.clock import Clock
from desk.stores.desk import Desk
from desk.stores.notices import Notice, Notices
from desk.stores.session import Session
from desk.stores.sound import Sound

__all__ = ["Clock", "Desk", "Notice", "Notices", "Session", "Sound"]
