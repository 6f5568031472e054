"""The keys of the try-out's project, made once for a data folder: sign-ins survive a restart."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from desk_cli.errors import Trouble

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    publishable_key: str
    secret_key: str
    jwt_secret: str

    def environment(self) -> dict[str, str]:
        """For the gateway; not as arguments, which every user of the machine can see."""
        return {f"DESKBELL_{name.upper()}": value for name, value in asdict(self).items()}


def load_keys(folder: Path, *, fresh: bool = False) -> Keys:
    """The folder's keys, made when there are none or `fresh` ones are asked for."""
    path = folder / "keys.json"
    if fresh or not path.exists():
        return _save(path, _new_keys())
    try:
        return Keys(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError):
        raise Trouble(
            f"{path} is damaged. Start over with --fresh (that deletes the demo's data)."
        ) from None


def _new_keys() -> Keys:
    return Keys(
        publishable_key=f"sb_publishable_{secrets.token_urlsafe(24)}",
        secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
        jwt_secret=secrets.token_urlsafe(48),
    )


def _save(path: Path, keys: Keys) -> Keys:
    """Written aside and moved in place, so that no half of a file is ever read."""
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file, indent=2)
    new.replace(path)
    return keys
