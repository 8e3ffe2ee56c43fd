#!/usr/bin/env bash
# Sees to it that the S3 server of tests/s3/serve.py can start: installs Ceph's daemons from Debian where they are
# missing and this may install them. Exits with 3 when they are not there at the end.
set -euo pipefail

installed() {
    local program
    for program in monmaptool osdmaptool ceph-mon ceph-osd radosgw radosgw-admin; do
        command -v "$program" >/dev/null || return 1
    done
}

install() {
    # Among what Ceph depends on are services of their own, which a machine that only runs tests should not start.
    local policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap "rm -f $policy" EXIT
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod +x "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -q -y --no-install-recommends ceph-mon ceph-osd radosgw
}

if ! installed && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    install >&2 || true
fi
if ! installed; then
    echo 'The S3 server of the tests needs the Debian packages ceph-mon, ceph-osd and radosgw, and they are not there.' >&2
    exit 3
fi
