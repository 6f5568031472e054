"""The life of one PostgreSQL server on this machine: made, started, stopped, never half of it.

Data survive every restart, also after SIGKILL of this process or of the server itself.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
from contextlib import closing, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

import asyncpg

from gateway import binaries
from gateway.errors import StartupProblem
from gateway.process import (
    is_server_of,
    pid_of,
    run_server,
    stop_leftover,
    worth_another_try,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUPERUSER = "supabase_admin"
OWNER = "select datdba::regrole::text from pg_database where datname = $1"


@dataclass
class Cluster:
    """A server with its data under `home`.

    `durable=False` trades crash safety for speed: for tests only. `port=None` takes a free one.
    """

    home: Path
    durable: bool = True
    port: int | None = None
    _password: str = field(default="", repr=False)
    _data: Path | None = None

    def start(self) -> None:
        """Make the data directory if there is none, and start; raises StartupProblem."""
        installation = binaries.find()
        self._prepare_home(installation)
        data = self._data = self.data_folder(installation)
        if not (data / "PG_VERSION").exists():
            self._create(installation, data)
        self._check_version(installation, data)
        self._password = _secret_of(self.home)
        stop_leftover(data)
        self._launch(installation, data)

    def attach(self, port: int) -> None:
        """Use a server that another process started on the same home."""
        self.port, self._password = port, _secret_of(self.home)

    def stop(self) -> None:
        """Stop the server and wait for it; nothing happens when it is not running."""
        stop_leftover(self.data_folder(binaries.find()))

    def running(self) -> bool:
        """Whether the server is there now."""
        data = self._data
        pid = pid_of(data) if data else None
        return data is not None and pid is not None and is_server_of(pid, data)

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """Where to connect."""
        return f"postgresql://{user}:{self._password}@127.0.0.1:{self.port}/{database}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` if given; answers its address."""
        admin = await asyncpg.connect(self.dsn())
        try:
            source = template or "template0"
            owner = await admin.fetchval(OWNER, source)
            await admin.execute(f'create database "{name}" template "{source}" owner "{owner}"')
        finally:
            await admin.close()
        return self.dsn(name)

    async def drop_database(self, name: str) -> None:
        """Remove a database, also when somebody is still connected to it."""
        admin = await asyncpg.connect(self.dsn())
        try:
            await admin.execute(f'drop database if exists "{name}" with (force)')
        finally:
            await admin.close()

    def data_folder(self, installation: binaries.Postgres) -> Path:
        """Where the data are: under home, or, if root's servant cannot get there, under a folder
        of the system named after home."""
        inside = self.home / "pgdata"
        if installation.servant is None or binaries.reachable(self.home, installation.servant):
            return inside
        name = sha256(str(self.home.resolve()).encode()).hexdigest()[:16]
        return binaries.state_folder() / name / "pgdata"

    def wipe(self) -> None:
        """Stop the server and delete all data of this home; an empty directory stays."""
        data = self.data_folder(binaries.find())
        stop_leftover(data)
        for folder in {data.parent, self.home}:
            for path in folder.iterdir() if folder.exists() else ():
                if path.is_dir():
                    shutil.rmtree(path, ignore_errors=True)
                elif path.name != "lock":
                    path.unlink()
        if data.parent != self.home:
            shutil.rmtree(data.parent, ignore_errors=True)

    def _prepare_home(self, installation: binaries.Postgres) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            data = self.data_folder(installation)
            data.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StartupProblem(
                f"The data directory {self.home} cannot be made: {error}. "
                "Choose another with --data."
            ) from error

    def _create(self, installation: binaries.Postgres, data: Path) -> None:
        if data.exists() and any(data.iterdir()):
            raise StartupProblem(
                f"{data} is not empty and is no PostgreSQL data directory. "
                "Choose another directory with --data, or start over with --fresh."
            )
        unfinished = data.with_name("pgdata.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        secret = unfinished.with_name("pgdata.secret")
        _write_secret(self.home, secret)
        if installation.servant:
            os.chown(unfinished, installation.servant.uid, installation.servant.gid)
            os.chown(secret, installation.servant.uid, installation.servant.gid)
        try:
            installation.run(
                "initdb", "-D", str(unfinished), *self._initdb_options(installation, secret)
            )
        finally:
            secret.unlink()
        with suppress(FileNotFoundError):
            data.rmdir()
        unfinished.rename(data)

    def _initdb_options(self, installation: binaries.Postgres, secret: Path) -> list[str]:
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        locale = builtin if installation.major >= 17 else ["--locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        return [
            *("-U", SUPERUSER, "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={secret}"),
            *locale,
            *sync,
        ]

    def _check_version(self, installation: binaries.Postgres, data: Path) -> None:
        try:
            made_by = int((data / "PG_VERSION").read_text().strip())
        except (OSError, ValueError) as error:
            raise _corrupt(data, f"its PG_VERSION cannot be read ({error})") from error
        if made_by != installation.major:
            raise StartupProblem(
                f"{data} was made by PostgreSQL {made_by}, but PostgreSQL {installation.major} was "
                f"found in {installation.bin}. Point DESKBELL_PG_BIN at version {made_by}, "
                "or start over with --fresh (that deletes the data)."
            )

    def _launch(self, installation: binaries.Postgres, data: Path) -> None:
        wanted = self.port
        for port, last in zip(self._ports(), (False, False, True), strict=False):
            said = run_server(installation, data, [*self._settings(port), *self._speed()])
            if said is None:
                self.port = port
                (self.home / "port").write_text(str(port))
                return
            if "Address already in use" in said and wanted:
                raise StartupProblem(
                    f"Port {wanted} for PostgreSQL is taken by another program. Choose another one."
                )
            if last or not worth_another_try(said):
                raise _corrupt(data, said)

    def _ports(self) -> Iterator[int]:
        """The port asked for; else the one used last, so that addresses stay, then free ones."""
        if self.port is None:
            with suppress(OSError, ValueError):
                yield int((self.home / "port").read_text())
        while True:
            yield self.port or free_port()

    def _settings(self, port: int) -> list[str]:
        settings: dict[str, object] = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": 200,
            "jit": "off",
            "log_min_messages": "error" if not self.durable else "warning",
            "log_min_error_statement": "panic",
        }
        return [f"--{name}={value}" for name, value in settings.items()]

    def _speed(self) -> list[str]:
        if self.durable:
            return []
        return ["--fsync=off", "--synchronous_commit=off", "--full_page_writes=off"]


async def check_time_zones(dsn: str) -> None:
    """Opening hours need time zones; some builds of Postgres take them from the system."""
    connection = await asyncpg.connect(dsn)
    try:
        for zone in ("Europe/Paris", "America/New_York", "Asia/Tokyo"):
            await connection.execute(f"select now() at time zone '{zone}'")
    except asyncpg.InvalidParameterValueError as error:
        raise StartupProblem(
            "PostgreSQL finds no time zones on this machine. Install the system's time zone files "
            "(Debian, Ubuntu: `apt-get install tzdata`; Alpine: `apk add tzdata`)."
        ) from error
    finally:
        await connection.close()


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_secret(home: Path, for_initdb: Path) -> None:
    """Make the server's password: random, readable by us alone, different in each home."""
    secret = secrets.token_urlsafe(24)
    keep = home / "postgres.json"
    keep.touch(mode=0o600)
    keep.write_text(json.dumps({"password": secret}))
    for_initdb.touch(mode=0o600)
    for_initdb.write_text(secret)


def _secret_of(home: Path) -> str:
    try:
        return str(json.loads((home / "postgres.json").read_text())["password"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _corrupt(
            home, "its postgres.json, which holds the password, cannot be read"
        ) from error


def _corrupt(data: Path, why: str) -> StartupProblem:
    return StartupProblem(
        f"PostgreSQL cannot use the data directory {data}: {why}. "
        f"The log is {data.parent / 'postgres.log'}. Restore the directory from a backup, "
        "or start over with --fresh (that deletes the data)."
    )
