#!/bin/sh
# What a package's build recipe does; `cargo xtask test --all` runs it. The argument is the folder
# that stands for the root of the packaged system.
set -eu
DESTDIR=$1
cargo xtask install --prefix /usr --libdir lib64 --destdir "$DESTDIR"
