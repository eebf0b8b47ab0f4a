# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Commands on this CPU, where it has protection keys."""

import ctypes
import os
import pathlib
import signal
import subprocess

from .places import FAILURE, as_root, need, say

SYS_PKEY_ALLOC, SYS_PKEY_FREE = 330, 331
FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def has_pku():
    """True if CPU and kernel offer protection keys. The flag ospke is CPUID.(7,0):ECX[4]; pkey_alloc has a different
    errno on every system without them, so any failure means none."""
    flags = pathlib.Path("/proc/cpuinfo").read_text().partition("\nflags")[2].partition("\n")[0].split()
    if "ospke" not in flags:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    key = libc.syscall(SYS_PKEY_ALLOC, 0, 0)
    if key < 0:
        return False
    libc.syscall(SYS_PKEY_FREE, key)
    return True


def run(argv, user, timeout):
    """Runs argv, as user if not None. Returns its exit status as a shell would give it."""
    if user is not None and user != os.geteuid():
        argv = [need("setpriv", "util-linux"), "--reuid", str(user), "--regid", str(user), "--clear-groups", "--", *argv]
        if os.geteuid() != 0:
            root = as_root(argv)
            argv = [root[0], "--preserve-env", *root[1:]]
    try:
        child = subprocess.Popen(argv)
    except OSError as error:
        say(f"cannot run {argv[0]}: {error.strerror}")
        return 127 if isinstance(error, FileNotFoundError) else 126
    for number in FORWARDED:
        signal.signal(number, lambda received, _: child.send_signal(received))
    try:
        status = child.wait(timeout or None)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        say(f"{argv[0]} ran longer than --timeout {timeout} s and was killed")
        return FAILURE - 1
    return status if status >= 0 else 128 - status
