#!/usr/bin/env python3
"""Shows what is deployed, first what boots next: what it follows, what is layered, what is taken
out. The sysroot is `/`, or the one that is given."""

import ctypes
import json
import sys

lib = ctypes.CDLL("libregraft.so.0")
lib.regraft_snapshot_to_json.restype = ctypes.c_char_p
lib.regraft_error_message.restype = ctypes.c_char_p
lib.regraft_error_kind_name.restype = ctypes.c_char_p

sysroot, snapshot, error = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
path = sys.argv[1] if len(sys.argv) > 1 else "/"
if lib.regraft_sysroot_open(
    path.encode(), ctypes.byref(sysroot), ctypes.byref(error)
) or lib.regraft_sysroot_snapshot(sysroot, ctypes.byref(snapshot), ctypes.byref(error)):
    kind, message = lib.regraft_error_kind_name(error), lib.regraft_error_message(error)
    lib.regraft_error_free(error)
    lib.regraft_sysroot_free(sysroot)
    sys.exit(f"{kind.decode()}: {message.decode()}")

# The field names are those of `rpm-ostree status --json`.
for deployment in json.loads(lib.regraft_snapshot_to_json(snapshot))["deployments"]:
    print("*" if deployment["booted"] else " ", deployment["id"])
    if deployment.get("origin"):
        version = deployment["version"] or "-"
        print(f"    follows {deployment['origin']}, version {version}")
    for request in deployment["packages"]:
        print("    layered", request)
    for nevra, *_ in deployment["base-removals"]:
        print("    without", nevra)

lib.regraft_snapshot_free(snapshot)
lib.regraft_sysroot_free(sysroot)
