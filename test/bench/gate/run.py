#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run.py BUILD: what a gated call costs, as ratios in one run.

Runs bench-gate under mpk-run and bench-gate-unprotected in turn, RUNS times each, and prints the median of each figure and
the ratios. Needs a CPU with protection keys: times in an emulator mean nothing."""

import os
import statistics
import subprocess
import sys
import tempfile

RUNS = 7


def figures(command):
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {name: float(value) for name, value in (line.split() for line in output.splitlines())}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run.py BUILD (the build folder)")
    programs, libraries = (os.path.join(sys.argv[1], folder) for folder in ("bin", "lib"))
    source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    if subprocess.run([os.path.join(source, "test/vm/pkuvm"), "has-pku"], check=False).returncode != 0:
        sys.exit("run.py: this CPU has no protection keys; times in an emulator would mean nothing")
    with tempfile.TemporaryDirectory() as folder:
        key = os.path.join(folder, "key.pem")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key], check=True)
        protected = [os.path.join(programs, "mpk-run"), "--quiet", "--vault", os.path.join(libraries, "vault-test.so"),
                     "--key", "signing=" + key, "--", os.path.join(programs, "bench-gate")]
        unprotected = [os.path.join(programs, "bench-gate-unprotected"), key]
        runs = [(figures(protected), figures(unprotected)) for _ in range(RUNS)]
    median = {name: statistics.median(run[0][name] for run in runs) for name in runs[0][0]}
    for name, value in median.items():
        print(f"{name:18} {value:12.1f} ns")
    for other in ("plain-call", "getppid", "pipe-round-trip"):
        ratio = statistics.median(run[0]["vault-call"] / run[0][other] for run in runs)
        print(f"vault-call / {other}: {ratio:.3f}")
    for name in ("vault-call", "ecdsa-p256-sign"):
        ratio = statistics.median(run[0][name] / run[1][name] for run in runs)
        print(f"{name}, protected / unprotected library: {ratio:.3f}")


if __name__ == "__main__":
    main()
