"""The servers of the proof, each on a free port of loopback and stopped when its `with` ends, however it ends."""

import contextlib
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Iterator
from urllib.request import urlopen

import psycopg2

PROGRAMS = os.environ.get("SOPMART_POSTGRES_PROGRAMS", "/usr/lib/postgresql/15/bin")

SUPERSET_CONFIG = """
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db?check_same_thread=false"
# What is fetched is what the database says now, whichever database it is.
DATA_CACHE_CONFIG = {{"CACHE_TYPE": "NullCache"}}
RATELIMIT_ENABLED = False
TALISMAN_ENABLED = False
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextlib.contextmanager
def running(command: list, log: Path, stop: int = SIGTERM, **how) -> Iterator[subprocess.Popen]:
    with log.open("w") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **how)
    try:
        yield child
    finally:
        child.send_signal(stop)
        try:
            child.wait(20)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until(answers, what: subprocess.Popen, log: Path, seconds: int) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError, psycopg2.Error):
            answers()
            return
        if what.poll() is not None:
            break
        time.sleep(0.2)
    sys.exit(f"{what.args[0]} does not answer; it says:\n{last_lines(log)}")


def last_lines(log: Path) -> str:
    return log.read_text(errors="replace")[-5000:]


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A new PostgreSQL, and the URL of its empty database sopmart for the owner."""
    # As root it refuses to run, so that it runs as the user that Debian's package brings.
    user = "postgres" if os.getuid() == 0 else None
    folder.mkdir()
    if user:
        shutil.chown(folder, user)
    how = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    data, password, port = folder / "data", secrets.token_hex(12), free_port()
    hidden = folder / "password"
    hidden.touch(mode=0o600)
    if user:
        shutil.chown(hidden, user)
    hidden.write_text(password)
    init = [f"{PROGRAMS}/initdb", "-A", "scram-sha-256", "-U", "owner", "-E", "UTF8", "--locale", "C", "--no-sync"]
    subprocess.run([*init, "--pwfile", hidden, "-D", data], check=True, stdout=subprocess.DEVNULL, cwd=folder, **how)
    hidden.unlink()
    listen = ["-p", str(port), "-k", "", "-c", "listen_addresses=127.0.0.1"]
    url = f"postgresql://owner:{password}@127.0.0.1:{port}"
    log = folder.with_suffix(".log")
    # Its own SIGTERM waits for every client; SIGINT ends their sessions.
    with running([f"{PROGRAMS}/postgres", "-D", data, *listen], log, SIGINT, cwd=folder, **how) as child:
        wait_until(lambda: psycopg2.connect(f"{url}/postgres").close(), child, log, 60)
        execute(f"{url}/postgres", "create database sopmart")
        yield f"{url}/sopmart"


def execute(url: str, *statements: str) -> list[tuple]:
    """Rows of the last statement that has any."""
    rows: list[tuple] = []
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
            if cursor.description:
                rows = cursor.fetchall()
    return rows


@contextlib.contextmanager
def serve(sopmart: str, warehouse: Path, folder: Path) -> Iterator[str]:
    """`sopmart serve` over a warehouse, and its URL for the user reader."""
    folder.mkdir(mode=0o700)
    password, port = secrets.token_hex(12), free_port()
    users = folder / "users"
    users.touch(mode=0o600)
    users.write_text(f"reader:{password}\n")
    command = [sopmart, "--warehouse", warehouse, "serve", "--listen", f"127.0.0.1:{port}", "--users", users]
    url = f"postgresql://reader:{password}@127.0.0.1:{port}/sopmart"
    log = folder / "serve.log"
    with running(command, log) as child:
        wait_until(lambda: psycopg2.connect(url).close(), child, log, 60)
        yield url


@contextlib.contextmanager
def superset(folder: Path, user: str, password: str) -> Iterator[str]:
    """A new Superset with one user, and its address."""
    folder.mkdir(mode=0o700)
    config = folder / "superset_config.py"
    config.write_text(SUPERSET_CONFIG.format(secret=secrets.token_hex(32), folder=folder))
    environment = os.environ | {
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_HOME": str(folder),
        "FLASK_APP": "superset",
    }
    programs, log = Path(sys.executable).parent, folder / "superset.log"
    named = ["--firstname", "S", "--lastname", "OP", "--email", "planner@example.com"]
    admin = ["fab", "create-admin", "--username", user, "--password", password, *named]
    for step in (["db", "upgrade"], admin, ["init"]):
        with log.open("a") as output:
            done = subprocess.run([programs / "superset", *step], env=environment, stdout=output, stderr=output)
        if done.returncode != 0:
            sys.exit(f"superset {step[0]} fails:\n{last_lines(log)}")
    port = free_port()
    server = [programs / "gunicorn", "--workers", "1", "--threads", "8", "--timeout", "120"]
    server += ["--bind", f"127.0.0.1:{port}", "superset.app:create_app()"]
    address, log = f"http://127.0.0.1:{port}", folder / "server.log"
    with running(server, log, env=environment) as child:
        wait_until(lambda: urlopen(f"{address}/health").close(), child, log, 120)
        try:
            yield address
        except SystemExit:
            print(last_lines(log), file=sys.stderr)
            raise
