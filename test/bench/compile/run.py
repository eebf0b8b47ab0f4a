#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run.py PLUGIN SOURCE... [-- COMPILER OPTION...]: what the pass costs at compile time, as a ratio.

Compiles the C files at -O2 without and with -fpass-plugin=PLUGIN, in turn, ROUNDS times, and prints the median of the ratios
of processor time (user and system), with the spread. `test/realcode/run sqlite3` with WORK=DIR leaves a good SOURCE,
DIR/sqlite3/sqlite3.c. Environment: CLANG (clang-19)."""

import os
import resource
import statistics
import subprocess
import sys

ROUNDS = 7


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    arguments = sys.argv[1:]
    options = []
    if "--" in arguments:
        options = arguments[arguments.index("--") + 1:]
        arguments = arguments[:arguments.index("--")]
    if len(arguments) < 2:
        sys.exit("usage: run.py PLUGIN SOURCE... [-- COMPILER OPTION...]")
    plugin, *sources = arguments
    for path in arguments:
        if not os.path.isfile(path):
            sys.exit(f"run.py: {path} does not exist")
    clang = os.environ.get("CLANG", "clang-19")
    ratios = []
    totals = {"without": [], "with": []}
    for number in range(ROUNDS):
        round_seconds = {}
        order = ["without", "with"] if number % 2 == 0 else ["with", "without"]
        for kind in order:
            extra = [f"-fpass-plugin={os.path.abspath(plugin)}"] if kind == "with" else []
            round_seconds[kind] = sum(
                seconds([clang, "-O2", "-w", *options, *extra, "-c", source, "-o", os.devnull]) for source in sources)
            totals[kind].append(round_seconds[kind])
        ratios.append(round_seconds["with"] / round_seconds["without"])
    ratios.sort()
    print(f"without {statistics.median(totals['without']):.3f} s, with {statistics.median(totals['with']):.3f} s")
    print(f"ratio {statistics.median(ratios):.4f} (median of {ROUNDS}, quartiles "
          f"{ratios[ROUNDS // 4]:.4f} to {ratios[3 * ROUNDS // 4]:.4f})")


if __name__ == "__main__":
    main()
