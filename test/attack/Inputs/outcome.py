#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a command and says how it ended, for FileCheck.

    outcome.py [--secret FILE] COMMAND...

Prints the command's output, standard error included, and then one of

    exit status N
    killed by SIGSEGV                    (by its number, or as a shell says it: 128+N)

With --secret, a command whose output holds the file's bytes, in hexadecimal digits or as they are, ends the check: the
message and status 1. Otherwise the status is 0: it is FileCheck that judges.
"""
import argparse
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--secret", metavar="FILE")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    done = subprocess.run(options.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    sys.stdout.buffer.write(done.stdout)
    sys.stdout.buffer.flush()
    if done.stdout[-1:] not in (b"", b"\n"):
        print()
    print(ending(done.returncode), flush=True)
    if options.secret:
        with open(options.secret, "rb") as file:
            secret = file.read()
        # A quarter of it is a leak as well.
        for piece in (secret[i:i + 8] for i in range(0, len(secret) - 7, 8)):
            if piece in done.stdout or piece.hex().encode() in done.stdout:
                sys.exit("outcome.py: THE KEY IS IN THE OUTPUT")


if __name__ == "__main__":
    main()
