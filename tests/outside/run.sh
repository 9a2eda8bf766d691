#!/bin/sh
# Builds and runs these programs, as their authors would, with nothing but installed files.
# run.sh PREFIX WORK PROJECT...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=$1
work=$2
shift 2

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name regraft.pc)")
CMAKE_PREFIX_PATH=$prefix
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH CMAKE_PREFIX_PATH LD_LIBRARY_PATH
mkdir -p "$work"

# expect WHAT IT PRINTS, PROGRAM AND ARGUMENTS
expect() {
    wanted=$1
    shift
    said=$("$@" 2>&1) || { echo "$project: $* failed: $said"; exit 1; }
    case $said in
        $wanted) ;;
        *) echo "$project: $* said: $said; and not: $wanted"; exit 1 ;;
    esac
}

# quietly COMMAND: what it says is only shown when it fails.
quietly() {
    "$@" >"$work/log" 2>&1 || { cat "$work/log"; echo "$project: $* failed"; exit 1; }
}

fresh() {
    rm -rf "${work:?}/$1"
    mkdir -p "$work/$1"
}

build_with_cmake() {
    quietly cmake -S "$here/$1" -B "$work/$project" "$2"
    quietly cmake --build "$work/$project"
}

for project; do
    fresh "$project"
    fresh sysroot
    case $project in
        cmake-c)
            build_with_cmake cmake-c -DREGRAFT=c
            expect 'ABI [0-9]*: {*"deployments"*}*' "$work/cmake-c/status" "$work/sysroot"
            ;;
        cmake-c-static)
            build_with_cmake cmake-c -DREGRAFT=c-static
            expect 'ABI [0-9]*: {*"deployments"*}*' "$work/cmake-c-static/status" "$work/sysroot"
            case $(ldd "$work/cmake-c-static/status") in
                *libregraft*) echo "$project: the shared library was linked"; exit 1 ;;
            esac
            ;;
        cmake-cxx)
            build_with_cmake cmake-cxx -DCMAKE_CXX_FLAGS=-Wall
            expect 'API [0-9]*: 0 deployments
not-found' "$work/cmake-cxx/status" "$work/sysroot"
            ;;
        cmake-refused)
            if cmake -S "$here/cmake-refused" -B "$work/$project" >"$work/log" 2>&1; then
                echo "$project: CMake has linked both libraries"
                exit 1
            fi
            grep -q REGRAFT_LINK_ONLY_ONE_OF_C_AND_CXX "$work/log" || { cat "$work/log"; exit 1; }
            ;;
        pkgconfig-make)
            cp "$here/$project/"* "$work/$project"
            quietly make -C "$work/$project"
            expect '*no OSTree sysroot*' sh -c '! "$0" "$1"' "$work/$project/count" "$work/sysroot"
            ;;
        meson)
            quietly meson setup "$work/$project" "$here/$project"
            quietly ninja -C "$work/$project"
            expect '1 not-found' "$work/$project/missing"
            expect '1 not-found' "$work/$project/missing-cxx"
            ;;
        beside-rpm)
            cp "$here/$project/"* "$work/$project"
            quietly make -C "$work/$project"
            both=$work/$project/both
            fresh rpmdb
            expect "rpm's database: 0" "$both" "$work/sysroot" "$work/rpmdb"
            # Its own SQLite is in it, for itself alone; librpm finds the one that it was made with.
            nm "$both" | grep -q ' t sqlite3_open_v2$' || { echo "$project: no SQLite"; exit 1; }
            ! nm --dynamic --defined-only "$both" | grep sqlite3_
            LD_DEBUG=bindings LD_BIND_NOW=1 LD_DEBUG_OUTPUT="$work/bindings" \
                "$both" "$work/sysroot" "$work/rpmdb" >/dev/null
            grep -h sqlite3_ "$work"/bindings.* >"$work/log"
            rm "$work"/bindings.*
            grep -q 'librpm\.so[^ ]* .* to [^ ]*libsqlite3\.so.*sqlite3_open' "$work/log" \
                || { cat "$work/log"; echo "$project: librpm did not open its own SQLite"; exit 1; }
            ! grep -v 'to [^ ]*libsqlite3\.so' "$work/log"
            ;;
        *)
            echo "there is no project $project"
            exit 1
            ;;
    esac
    echo "$project: ok"
done
