#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and says how it ended, for FileCheck and for the table of attacks.

    outcome.py [--secret FILE] [--status] [--record NAME --side SIDE] COMMAND...

Prints the command's output, standard error included, and then one of

    exit status N
    killed by SIGSEGV                    (by its number, or as a shell says it: 128+N)

With --secret, a command whose output holds the file's bytes, in hexadecimal digits or as they are, ends the check: the
message and status 1. Otherwise the status is 0: it is FileCheck that judges. With --status nothing is added to standard
output, and the status is the command's.

--record writes output and ending to NAME.SIDE.HASH.json for test/attacks-table.py; HASH is the command's.
"""
import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys


def ending(status):
    number = -status if status < 0 else status - 128
    if number > 0:
        try:
            return f"killed by {signal.Signals(number).name}"
        except ValueError:
            pass
    return f"exit status {status}"


def record(options, done):
    name = hashlib.sha1("\0".join(options.command).encode()).hexdigest()[:8]
    os.makedirs(os.path.dirname(options.record), exist_ok=True)
    with open(f"{options.record}.{options.side}.{name}.json", "w", encoding="utf-8") as file:
        json.dump({"side": options.side, "pkey": "--pkey" in options.command, "ending": ending(done.returncode),
                   "verified": "--insecure-no-verify" not in options.command,
                   "output": done.stdout.decode(errors="replace")}, file)


def check_secret(path, output):
    with open(path, "rb") as file:
        secret = file.read()
    # A quarter of it is a leak as well.
    for piece in (secret[i:i + 8] for i in range(0, len(secret) - 7, 8)):
        if piece in output or piece.hex().encode() in output:
            sys.exit("outcome.py: THE KEY IS IN THE OUTPUT")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--secret", metavar="FILE")
    parser.add_argument("--status", action="store_true")
    parser.add_argument("--record", metavar="NAME")
    parser.add_argument("--side", choices=["unprotected", "protected"])
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    done = subprocess.run(options.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=None if options.status else subprocess.STDOUT, check=False)
    sys.stdout.buffer.write(done.stdout)
    sys.stdout.buffer.flush()
    if options.record:
        record(options, done)
    if options.status:
        sys.exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)
    if done.stdout[-1:] not in (b"", b"\n"):
        print()
    print(ending(done.returncode), flush=True)
    if options.secret:
        check_secret(options.secret, done.stdout)


if __name__ == "__main__":
    main()
