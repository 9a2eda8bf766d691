#!/bin/sh
# What cargo links with: the C compiler. Where there is none yet (a fresh Debian with nothing but a
# Rust toolchain) it is installed first, since nothing that could do it later can be linked without.
set -e
if ! command -v cc >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    # rustc keeps what a linker prints to itself, so this goes where cargo's own messages go.
    read -r _ _ _ cargo _ < "/proc/$PPID/stat" || cargo=$PPID
    say() { echo "$*" 2>/dev/null > "/proc/$cargo/fd/2" || echo "$*" >&2; }
    exec 9> "${TMPDIR:-/tmp}/regraft-linker.lock"
    flock 9
    if ! command -v cc >/dev/null 2>&1; then
        say "missing: gcc and libc6-dev (cargo links with them); running apt-get install"
        apt-get update -q >&2
        DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends gcc libc6-dev >&2
    fi
    exec 9>&-
fi
exec cc "$@"
