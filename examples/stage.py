#!/usr/bin/env python3
"""Upgrades, layers strace and takes nano out; what changes and when it takes effect is printed.
The sysroot is `/`, or the one that is given.

The wrapper is all there is to it: the C ABI through ctypes, and its JSON.
"""

import ctypes
import json
import sys

_lib = ctypes.CDLL("libregraft.so.0")
_pointer, _text = ctypes.c_void_p, ctypes.c_char_p
_callback = ctypes.CFUNCTYPE(ctypes.c_int, _pointer, _pointer)


class Error(Exception):
    """What went wrong, as `regraft_error_to_json` tells it."""

    def __init__(self, fields):
        super().__init__(fields["message"])
        self.kind, self.fields = fields["kind"], fields


def _read(function, *handles):
    """Calls an accessor of a string."""
    function.restype, function.argtypes = _text, [_pointer] * len(handles)
    return function(*handles).decode()


def _call(function, *arguments):
    """Calls what can fail; strings and handles go in."""
    error = _pointer()
    function.restype = ctypes.c_int32
    function.argtypes = [
        _text if isinstance(a, bytes) else ctypes.c_int32 if isinstance(a, int) else _pointer
        for a in arguments
    ] + [_pointer]
    if function(*arguments, ctypes.byref(error)) != 0:
        try:
            raise Error(json.loads(_read(_lib.regraft_error_to_json, error)))
        finally:
            _free(_lib.regraft_error_free, error)


def _free(function, handle):
    function.restype, function.argtypes = None, [_pointer]
    function(handle)


class Handle:
    """Owns what the library made, until it is closed or nobody has it."""

    def __init__(self, function, *arguments):
        self.handle = _pointer()
        _call(function, *arguments, ctypes.byref(self.handle))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        _free(getattr(_lib, f"regraft_{type(self).__name__.lower()}_free"), self.handle)
        self.handle = _pointer()

    __del__ = close


class Sysroot(Handle):
    def __init__(self, path):
        super().__init__(_lib.regraft_sysroot_open, path.encode())

    def transaction(self, base=0):
        return Transaction(_lib.regraft_transaction_new, self.handle, base)


class Plan(Handle):
    def __str__(self):
        return _read(_lib.regraft_plan_text, self.handle)

    def as_json(self):
        return json.loads(_read(_lib.regraft_plan_to_json, self.handle))


class Outcome(Handle):
    def as_json(self):
        return json.loads(_read(_lib.regraft_outcome_to_json, self.handle))


class Job(Handle):
    def __init__(self, progress):
        def hear(report, _):
            fraction = _lib.regraft_progress_fraction
            fraction.restype, fraction.argtypes = ctypes.c_double, [_pointer]
            progress(fraction(report), _read(_lib.regraft_progress_phase, report))
            return 0

        _lib.regraft_job_new.restype = _pointer
        self.handle = _pointer(_lib.regraft_job_new())
        self.hear = _callback(hear)  # for as long as the library may call it
        if progress:
            function = ctypes.cast(self.hear, _pointer)
            set_listener = _lib.regraft_job_on_progress
            set_listener.argtypes = [_pointer, _pointer, _pointer]
            set_listener(self.handle, function, None)


class Transaction(Handle):
    def upgrade(self):
        _call(_lib.regraft_transaction_upgrade, self.handle)

    def install(self, request):
        _call(_lib.regraft_transaction_install, self.handle, request.encode())

    def remove_base(self, name):
        _call(_lib.regraft_transaction_remove_base, self.handle, name.encode())

    def plan(self, progress=None):
        with Job(progress) as job:
            return Plan(_lib.regraft_transaction_plan, self.handle, job.handle)

    def stage(self, plan, progress=None):
        with Job(progress) as job:
            stage = _lib.regraft_transaction_stage
            return Outcome(stage, self.handle, plan.handle, job.handle).as_json()


def show(fraction, phase):
    print(f"\r{fraction * 100:3.0f} % {phase}", end="", file=sys.stderr)


def main(path):
    with Sysroot(path) as sysroot, sysroot.transaction() as tx:
        tx.upgrade()
        tx.install("strace")
        tx.remove_base("nano")
        plan = tx.plan(progress=show)
        print(plan, end="")
        print(tx.stage(plan, progress=show)["text"])


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "/")
    except Error as error:
        sys.exit(f"{error.kind}: {error}")
