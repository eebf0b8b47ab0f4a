#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""test/bench/vault/run.py [--rounds N] [--only PATTERN]... [--vault-memory SIZE] [BUILD]: what PSA's operations cost through the gate.

Starts the same program twice, once on Mbed TLS called directly (bench-vault-direct: the vault's own build of it; without that one,
bench-vault-stock: the distribution's), once on the vault (bench-vault under mpk-run), and has them do each operation in turn, in
rounds, in batches of a few milliseconds that begin with the one or the other. Prints for each operation the least times of a call
(CPU time: a busy machine only adds to it) and their ratio direct / gate, and beside it the median of the rounds' ratios.
Aim: 0.97 from 1 KiB up and for all signatures; nothing fails below.

Where the CPU has no protection keys, the gates' wrpkru are simulated (mpk-run-test --insecure-simulate): their own ticks are missing.
--compare A B measures two other programs instead, as seconds of A's divided by B's."""

import argparse
import fnmatch
import pathlib
import shlex
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
AIM = 0.97
BATCH = 5_000_000  # nanoseconds


class Program:
    """bench-vault's other end."""

    def __init__(self, command):
        try:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        except OSError as problem:
            sys.exit(f"run.py: {command[0]}: {problem.strerror}")
        self.operations = []
        while name := self.answer():
            self.operations.append(name)

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"run.py: {shlex.join(map(str, self.process.args))} ended by status {self.process.wait()}")
        return line.strip()

    def time(self, operation, calls):
        """Nanoseconds of one call, the mean of so many."""
        self.process.stdin.write(f"{operation} {calls}\n")
        self.process.stdin.flush()
        return int(self.answer()) / calls

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            sys.exit(f"run.py: {shlex.join(map(str, self.process.args))} ended by status {self.process.returncode}")


def has_protection_keys():
    return subprocess.run([ROOT / "test/vm/pkuvm", "has-pku"], check=False).returncode == 0


def commands(options):
    """The program on Mbed TLS, and the one behind the gate."""
    if options.compare:
        return [shlex.split(command) for command in options.compare]
    programs = options.build / "bin"
    runner = [programs / "mpk-run"] if has_protection_keys() else [programs / "mpk-run-test", "--insecure-simulate", "--accept-meltdown"]
    runner += ["--quiet", f"--vault-memory={options.vault_memory}", "--"]
    direct = programs / "bench-vault-direct"
    return [[direct if direct.exists() else programs / "bench-vault-stock"], [*runner, programs / "bench-vault"]]


def measure(pair, operation, rounds):
    """Least times of both, and the median ratio."""
    once = max(pair[0].time(operation, 1), pair[0].time(operation, 1), 1)
    calls = max(1, int(BATCH / once))
    calls = max(1, int(BATCH / max(pair[0].time(operation, calls), 1)))
    pair[1].time(operation, calls)
    times = []
    for number in range(rounds):
        first = number % 2
        halves = {first: pair[first].time(operation, calls)}
        halves[1 - first] = pair[1 - first].time(operation, calls)
        times.append((halves[0], halves[1]))
    return (*(min(column) for column in zip(*times)), statistics.median(a / b for a, b in times))


def counts(operation):
    """Whether the aim is for this operation: not for 16 bytes."""
    return not operation.endswith("-16B")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", nargs="?", type=pathlib.Path, default=ROOT / "build")
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--only", action="append", metavar="PATTERN", help="operations to measure (repeatable)")
    parser.add_argument("--vault-memory", default="16M")
    parser.add_argument("--compare", nargs=2, metavar=("A", "B"))
    options = parser.parse_args()
    lines = commands(options)
    print(f"# {shlex.join(map(str, lines[0]))}\n# {shlex.join(map(str, lines[1]))}")
    pair = [Program(command) for command in lines]
    print(f"{'operation':<24} {'direct us':>12} {'gate us':>12} {'direct/gate':>12} {'median':>8}")
    below = []
    for operation in pair[0].operations:
        if options.only and not any(fnmatch.fnmatch(operation, pattern) for pattern in options.only):
            continue
        direct, gate, median = measure(pair, operation, options.rounds)
        ratio = direct / gate
        if counts(operation) and ratio < AIM:
            below.append(operation)
        print(f"{operation:<24} {direct / 1000:>12.2f} {gate / 1000:>12.2f} {ratio:>12.3f} {median:>8.3f}", flush=True)
    for program in pair:
        program.end()
    print(f"aim {AIM} (16 B aside): " + (f"missed by {', '.join(below)}" if below else "reached by all"))


if __name__ == "__main__":
    main()
