# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where things are: cache, sockets, PID 1; how to become root; how to report an error."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

VM_DIR = pathlib.Path(__file__).resolve().parent.parent
PROJECT_DIR = VM_DIR.parent.parent
DEFAULT_KERNEL = "6.12"
FAILURE = 125  # exit status for pkuvm's own errors, as env(1) and timeout(1) have it


class Error(Exception):
    """A message for the user, naming the thing and the remedy."""


def say(text):
    print(f"pkuvm: {text}", file=sys.stderr, flush=True)


def cache_dir():
    """Outside the source tree: kernels, and PID 1 if no build has made one."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = pathlib.Path(os.environ.get("PKUVM_CACHE") or os.path.join(base, "mpkgate"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def run_dir():
    """Holds one folder a running machine. Private to the user, or another could put a false machine there."""
    path = pathlib.Path(os.environ.get("PKUVM_DIR") or f"/tmp/pkuvm-{os.getuid()}")
    path.mkdir(mode=0o700, exist_ok=True)
    state = path.lstat()
    if path.is_symlink() or state.st_uid != os.getuid() or state.st_mode & 0o077:
        raise Error(f"{path} is not a private folder of this user: remove it or set PKUVM_DIR")
    return path


def machine_name(options):
    """Machines with the same name are the same to a command."""
    return options.kernel + ("-nopku" if options.no_pku else "") + (f"-smp{options.smp}" if options.smp > 1 else "")


def as_root(command):
    """The command line that runs command as root."""
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo") is None:
        raise Error("the machine's read-only share needs root: run as root or install sudo")
    if subprocess.run(["sudo", "-v"], check=False).returncode != 0:
        raise Error("sudo refused: the machine's read-only share needs root")
    return ["sudo", "--", *command]


def need(tool, package, extra=()):
    """The path of an installed program."""
    path = shutil.which(tool, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *extra]))
    if path is None:
        raise Error(f"{tool} is not installed: apt-get install {package} (or sh test/setup.sh)")
    return path


def vminit():
    """PID 1: as CMake built it (PKUVM_INIT, or the default build folder), else compiled into the cache."""
    for candidate in (os.environ.get("PKUVM_INIT"), PROJECT_DIR / "build/test/vm/vminit"):
        if candidate and os.path.exists(candidate):
            return str(candidate)
    sources = [VM_DIR / name for name in ("vminit.c", "serve.c", "command.c")]
    digest = hashlib.sha256()
    for path in [*sources, VM_DIR / "vminit.h", VM_DIR / "proto.h"]:
        digest.update(path.read_bytes())
    target = cache_dir() / f"vminit-{digest.hexdigest()[:16]}"
    if not target.exists():
        partial = target.with_suffix(f".{os.getpid()}")
        compiler = shutil.which("clang-19") or need("gcc", "gcc")
        subprocess.run([compiler, "-std=c17", "-O2", "-static", "-o", partial, *sources], check=True)
        partial.rename(target)
    return str(target)
