"""What one running stand-in is made with."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

from gateway.errors import StartupProblem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

KEYS_FILE = "deskbell.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """The project's keys: publishable for pages and apps, secret for servers."""

    publishable: str
    secret: str
    jwt_secret: str = field(repr=False)

    @staticmethod
    def generate() -> Keys:
        """New random keys, in the platform's form."""
        return Keys(
            publishable=f"sb_publishable_{secrets.token_urlsafe(24)}",
            secret=f"sb_secret_{secrets.token_urlsafe(24)}",
            jwt_secret=secrets.token_urlsafe(48),
        )


@dataclass(frozen=True, slots=True)
class Settings:
    """`dsn` logs in as a superuser; `url` is where clients reach the gateway.

    The numbers are the platform's defaults, except the limit on anonymous sign-ins: everybody who
    tries the product on one machine shares one address.
    """

    dsn: str
    url: str
    keys: Keys
    schemas: tuple[str, ...] = ("public",)
    max_rows: int = 1000
    max_body_bytes: int = 8 * 1024 * 1024
    token_seconds: int = 3600
    refresh_reuse_seconds: int = 10
    anonymous_sign_ins_per_hour: int = 10_000
    minimum_password_length: int = 6
    run_jobs: bool = True


def keys_of(home: Path, given: Mapping[str, str | None]) -> Keys:
    """The keys kept in a data directory; made at the first start, `given` ones replace them."""
    file = home / KEYS_FILE
    kept = _read(file) if file.exists() else Keys.generate()
    keys = replace(kept, **{name: value for name, value in given.items() if value})
    file.touch(mode=0o600)
    file.write_text(json.dumps(asdict(keys)))
    return keys


def is_ours(home: Path) -> bool:
    """Whether a directory is empty, missing, or was made by the stand-in."""
    if not home.exists() or (home / KEYS_FILE).exists():
        return True
    return all(path.name == "lock" for path in home.iterdir())


def _read(file: Path) -> Keys:
    try:
        return Keys(**json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        raise StartupProblem(
            f"{file}, which holds the keys, cannot be read. Start over with --fresh "
            "(that deletes the data), or give the keys as options."
        ) from error
