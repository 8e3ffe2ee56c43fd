#!/usr/bin/env bash
# Says where PostgreSQL's programs are, for tests that start a server; installs it from Debian where it is missing and
# this may install it. Exits with 3 when it is not there at the end.
set -euo pipefail

folder() {
    local initdb
    initdb="$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1)"
    [ -n "$initdb" ] && command -v psql >/dev/null && command -v setpriv >/dev/null && dirname "$initdb"
}

install() {
    # The package starts a server of its own, which a machine that only runs tests should not have.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap "rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends postgresql postgresql-client util-linux
}

if ! folder >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    install >&2 || true
fi
if ! folder; then
    echo 'The PostgreSQL server of the tests needs the Debian package postgresql, and it is not there.' >&2
    exit 3
fi
