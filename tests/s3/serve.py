"""Starts a real S3 server for tests: a one-node Ceph cluster with its object gateway, on loopback and on free ports.

Makes one bucket, prints how to reach it as one line of JSON, and serves until stdin is closed or a signal to stop
comes; then everything is gone, for the objects lie in memory and the rest lies in one temporary folder.
Exits with 1 when the start fails and with 3 when the programs are not installed. This version of Ceph's gateway
holds an If-Match on a put to be true only if the ETag is given without its quotes.
"""

import contextlib
import ctypes
import datetime
import hashlib
import hmac
import http.client
import json
import os
import random
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

PROGRAMS = ("monmaptool", "osdmaptool", "ceph-mon", "ceph-osd", "radosgw", "radosgw-admin")
BUCKET = "sopmart"
REGION = "us-east-1"
START_SECONDS = 120  # Takes two seconds on an idle machine; a build beside it can make that many times as long.

# Every program runs in the temporary folder, so that all paths are relative to it.
CONF = """\
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{mon_port}/0
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false

auth_cluster_required = none
auth_service_required = none
auth_client_required = none
keyring = /dev/null
# The gateway would insist on encrypting what it says to the monitor, which cannot be had without authentication.
ms_mon_client_mode = crc

# Nothing may go to the places that belong to an installed cluster.
chdir =
admin_socket =
run_dir = .
crash_dir = .
mon_data = mon
osd_data = osd
rgw_data = .
mon_cluster_log_file = /dev/null
log_file =
log_to_stderr = true

# One disk, in memory, and one copy of everything.
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_crush_chooseleaf_type = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
mon_allow_pool_size_one = true

# The monitor gathers changes for a second before it agrees on them, and stops on a disk that is nearly full.
paxos_propose_interval = 0.01
paxos_min_wait = 0.01
mon_data_avail_crit = 1
# What a client asks for before the disk is ready is tried again after five seconds otherwise.
objecter_tick_interval = 0.2
mon_client_hunt_interval = 0.5

# An answer in two packets would take 40 milliseconds otherwise.
rgw_frontends = beast endpoint=127.0.0.1:{s3_port} tcp_nodelay=1
rgw_enable_apis = s3
rgw_rados_pool_pg_num_min = 1
"""


class StartFailed(Exception):
    pass


class Stopped(Exception):
    """Whoever started the server wants no more of it."""


class Cluster:
    """The programs of one server, all of which run in one folder."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.daemons: list[subprocess.Popen] = []
        self.deadline = time.monotonic() + START_SECONDS
        self.mon_port, self.s3_port = free_port(20000), free_port(26000)
        self.fsid = str(uuid.uuid4())
        conf = CONF.format(fsid=self.fsid, mon_port=self.mon_port, s3_port=self.s3_port)
        (folder / "ceph.conf").write_text(conf)

    def start(self, access_key: str, secret_key: str) -> None:
        for data in ("mon", "osd"):
            (self.folder / data).mkdir()
        self.run("monmaptool", "--create", "--fsid", self.fsid, "--addv", "a", f"[v2:127.0.0.1:{self.mon_port}]", "monmap")
        # A monitor that begins with a map that has the disk in it need not be told of the disk later on.
        self.run("osdmaptool", "--createsimple", "1", "osdmap")
        self.run("ceph-mon", "-i", "a", "--mkfs", "--monmap", "monmap", "--osdmap", "osdmap")
        self.run("ceph-osd", "-i", "0", "--mkfs", "--no-mon-config")
        self.serve("ceph-mon", "-i", "a")
        self.wait_for("the monitor", lambda: answers(self.mon_port))
        self.serve("ceph-osd", "-i", "0")
        keys = (f"--access-key={access_key}", f"--secret-key={secret_key}")
        self.run("radosgw-admin", "user", "create", "--uid=test", "--display-name=test", *keys)
        self.serve("radosgw", "-n", "client.gateway")
        self.wait_for("the gateway", lambda: answers(self.s3_port))
        create_bucket(f"127.0.0.1:{self.s3_port}", access_key, secret_key)

    def run(self, *command: str) -> None:
        process = self.spawn(*command)
        self.wait_for(f"{command[0]} to end", lambda: process.poll() is not None)
        if process.returncode != 0:
            raise StartFailed(f"{command[0]} ended with {process.returncode}")

    def serve(self, *command: str) -> None:
        self.daemons.append(self.spawn(*command, "-f"))

    def spawn(self, program: str, *arguments: str) -> subprocess.Popen:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CEPH_")}
        with open(self.folder / f"{program}.log", "ab") as log:
            # An interrupt from the keyboard is for this script alone, hence the session of its own.
            process = subprocess.Popen(
                [program, "-c", "ceph.conf", *arguments], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=die_with_parent
            )  # fmt: skip
        self.processes.append(process)
        return process

    def wait_for(self, what: str, condition) -> None:
        while not condition():
            self.check_daemons()
            if time.monotonic() > self.deadline:
                raise StartFailed(f"waited {START_SECONDS} seconds for {what}")
            pause(0.02)

    def check_daemons(self) -> None:
        for daemon in self.daemons:
            if daemon.poll() is not None:
                raise StartFailed(f"{daemon.args[0]} ended with {daemon.returncode}")

    def stop(self) -> None:
        # Nothing of the cluster is to be kept, so there is no reason to let a program end by itself.
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def last_words(self) -> str:
        ends = {log.name: log.read_text("utf-8", "replace").splitlines()[-12:] for log in self.folder.glob("*.log")}
        return "\n".join("\n".join([f"== {name}", *lines]) for name, lines in sorted(ends.items()))


def free_port(lowest: int) -> int:
    """A port below those of outgoing connections, one of which could take it before it is used."""
    while True:
        port = random.randrange(lowest, lowest + 6000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


LIBC = ctypes.CDLL(None)


def die_with_parent() -> None:
    pr_set_pdeathsig = 1
    LIBC.prctl(pr_set_pdeathsig, signal.SIGKILL)


def pause(seconds: float) -> None:
    """Waits, unless stdin is closed."""
    if select.select([0], [], [], seconds)[0] and not os.read(0, 4096):
        raise Stopped


def create_bucket(host: str, access_key: str, secret_key: str) -> None:
    """The one request that is made here, signed with version 4 of AWS's signatures."""
    time_stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    scope = [time_stamp[:8], REGION, "s3", "aws4_request"]
    headers = {"host": host, "x-amz-content-sha256": hashlib.sha256().hexdigest(), "x-amz-date": time_stamp}
    names = ";".join(headers)
    lines = [f"{name}:{value}" for name, value in headers.items()]
    request = "\n".join(["PUT", f"/{BUCKET}", "", *lines, "", names, headers["x-amz-content-sha256"]])
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = f"AWS4{secret_key}".encode()
    for part in [*scope, "\n".join(["AWS4-HMAC-SHA256", time_stamp, "/".join(scope), digest])]:
        mac = hmac.new(key, part.encode(), "sha256")
        key = mac.digest()
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access_key}/{'/'.join(scope)}, SignedHeaders={names}, Signature={mac.hexdigest()}"
    )
    connection = http.client.HTTPConnection(host, timeout=START_SECONDS)
    connection.request("PUT", f"/{BUCKET}", headers=headers)
    response = connection.getresponse()
    if response.status != 200:
        raise StartFailed(f"the bucket was not made: {response.status} {response.read().decode()}")


def stop(_signal, _frame) -> None:
    raise Stopped


def main() -> int:
    if any(shutil.which(program) is None for program in PROGRAMS):
        print("Ceph is not installed: the Debian packages ceph-mon, ceph-osd and radosgw are needed.", file=sys.stderr)
        return 3
    signals = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    folder = Path(tempfile.mkdtemp(prefix="sopmart-s3-"))
    cluster = Cluster(folder)
    try:
        for number in signals:
            signal.signal(number, stop)
        access_key, secret_key = secrets.token_hex(10), secrets.token_hex(20)
        cluster.start(access_key, secret_key)
        endpoint = {"endpoint": f"http://127.0.0.1:{cluster.s3_port}", "bucket": BUCKET, "region": REGION}
        print(json.dumps(endpoint | {"access_key_id": access_key, "secret_access_key": secret_key}), flush=True)
        while True:
            cluster.check_daemons()
            pause(0.5)
    except Stopped:
        return 0
    except (StartFailed, OSError, http.client.HTTPException) as error:
        print(f"{error}\n{cluster.last_words()}", file=sys.stderr)
        return 1
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        cluster.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
