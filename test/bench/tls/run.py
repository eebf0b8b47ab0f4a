#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""test/bench/tls/run.py [--runs N] [--handshakes N] [--threads N] BUILD: what the vault costs a TLS server, in one run.

examples/tls-server with the vault behind its gates, and its twin with the vault as an ordinary library, in turn; tls-load makes the
handshakes. Where the CPU has no protection keys, the gate is that of mpk-run-test --insecure-simulate, all but the wrpkru itself; and
the lean one, whatever the vault image is, where it must be (the full gate wants WRFSBASE) or --lean says so.
Prints for RSA-2048 and ECDSA P-256 the handshakes a second, which client and server share the CPU for, and the server's own processor
time a handshake, each with the ratio protected to unprotected: the median of the ratios of neighbouring runs. Aim: 0.97."""

import argparse
import os
import pathlib
import re
import statistics
import struct
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples/tls-server"
KINDS = {"RSA-2048": ["RSA", "rsa_keygen_bits:2048"], "ECDSA P-256": ["EC", "ec_paramgen_curve:P-256"]}


def processor_time(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(command, folder, options, environment):
    """Handshakes a second, and by a second of the server's processor time (the start left out)."""
    arguments = ["--cert", folder / "chain.pem", "--threads", str(options.threads), "--handshakes", str(options.handshakes + 1)]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment}) as server:
        port = re.match(r"listening on .*:(\d+) ", server.stdout.readline())
        if port is None:
            sys.exit(f"run.py: the server did not start: {server.stderr.read()}")
        load = [options.build / "bin/tls-load", port[1], folder / "ca.pem"]
        before = processor_time(server.pid)
        asked = subprocess.run([*load, str(options.handshakes), str(options.threads)], stdout=subprocess.PIPE, text=True, check=True)
        used = processor_time(server.pid) - before
        subprocess.run([*load, "1", "1"], stdout=subprocess.DEVNULL, check=True)
        server.communicate()
    return float(re.search(r", 0 failed, ([\d.]+) per second", asked.stdout)[1]), options.handshakes / used


def may_use_fsgsbase():
    """AT_HWCAP2, bit 1."""
    vector = pathlib.Path("/proc/self/auxv").read_bytes()
    return any(tag == 26 and value & 2 for tag, value in struct.iter_unpack("NN", vector))


def compare(kind, folder, options, mpk_run):
    subprocess.run(["sh", EXAMPLE / "certificates.sh", folder, *KINDS[kind]], check=True)
    key = folder / "server.key"
    protected = [*mpk_run, "--key", f"tls={key}", "--", options.build / "bin/tls-server"]
    unprotected = [options.build / "bin/tls-server-unprotected"]
    runs = [(measure(protected, folder, options, {}), measure(unprotected, folder, options, {"VAULT_KEYS": f"tls={key}"}))
            for _ in range(options.runs)]
    for i, what in enumerate(("handshakes a second", "handshakes a second of the server's processor time")):
        both = [statistics.median(run[side][i] for run in runs) for side in (0, 1)]
        ratio = statistics.median(run[0][i] / run[1][i] for run in runs)
        print(f"{kind}: {both[0]:.1f} and {both[1]:.1f} {what}, ratio {ratio:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--handshakes", type=int, default=400)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--lean", action="store_true")
    parser.add_argument("build", type=pathlib.Path)
    options = parser.parse_args()
    options.build = options.build.resolve()
    native = subprocess.run([ROOT / "test/vm/pkuvm", "has-pku"], check=False).returncode == 0
    lean = options.lean or not may_use_fsgsbase()
    mpk_run = [options.build / ("bin/mpk-run" if native and not lean else "bin/mpk-run-test"), "--quiet"]
    mpk_run += ([] if native else ["--insecure-simulate", "--accept-meltdown"]) + (["--insecure-lean-gate"] if lean else [])
    print("with protection keys" if native else "SIMULATED: this CPU has no protection keys, and a wrpkru costs nothing here",
          "; the lean gate" if lean else "; the gate that the image gets", sep="")
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            compare(kind, pathlib.Path(folder), options, mpk_run)


if __name__ == "__main__":
    main()
