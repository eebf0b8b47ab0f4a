#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a gate costs by its parts, without the wrpkru, against other gates and against the alternatives, in one run.

    ticks.py BUILD     BUILD: the build folder; needs no protection keys

Ticks of the time-stamp counter, medians over runs of bench-gate-ticks, each on one CPU; `over` is what is above a plain call. Then
the instructions of one call by each gate. Aim: the ULK gate, with its four switches, at most 2.2 times the direct gate's."""
import os
import statistics
import subprocess
import sys

RUNS = 9


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.join(sys.argv[1], "bin/bench-gate-ticks")
    runs = []
    for _ in range(RUNS):
        output = subprocess.run(["taskset", "-c", "0", program], check=True, stdout=subprocess.PIPE, text=True).stdout
        runs.append({name: float(value) for name, value in (line.split() for line in output.splitlines())})
    median = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    plain = median["plain-call"]
    print(f"{'':32} {'ticks':>9} {'over':>9} {'/ lean':>9}")
    instructions = {name: median.pop(name) for name in list(median) if name.endswith("-instructions")}
    for name, value in median.items():
        ratio = statistics.median(run[name] / run["lean-gate"] for run in runs)
        print(f"{name:32} {value:9.1f} {value - plain:9.1f} {ratio:9.2f}")
    print(f"\n{'':32} {'number':>9} {'/ lean':>19}")
    for name, value in instructions.items():
        print(f"{name:32} {value:9.0f} {value / instructions['lean-gate-instructions']:19.2f}")


if __name__ == "__main__":
    main()
