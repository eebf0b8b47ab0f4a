#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# damage.py [--bind=LIBRARY] MPK-REWRITE MPK-VERIFY COUNT FILE...: damages each file in COUNT ways, the same each time, has it rewritten, and checks
# how that ended. Prints what is not as it should, and a count; status 1 if anything is not.

import json
import random
import struct
import subprocess
import sys

WORDS = [0, 1, 5, 7, 0x1000, 1 << 31, (1 << 32) - 1]
QUADS = [0, 1, 0xfff, 0x1000, 1 << 31, 1 << 32, (1 << 47) - 0x1000, 1 << 63, (1 << 64) - 1]


BIND = [sys.argv.pop(1)] if sys.argv[1].startswith("--bind=") else []


def dynamic(data):
    """Where PT_DYNAMIC lies, and how long it is."""
    start, count = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<H", data, 56)[0]
    headers = [struct.unpack_from("<IIQQQQ", data, start + 56 * index) for index in range(count)]
    return next((header[2], header[5]) for header in headers if header[0] == 2)


def place(rnd, data):
    """Headers and tables more often than the rest."""
    if BIND and rnd.randrange(2):
        start, size = rnd.choice([dynamic(data), (dynamic(data)[0], 64), (0x300, 0x600)])
        return min(start + rnd.randrange(size), len(data) - 8)
    program_headers, section_headers = struct.unpack_from("<QQ", data, 32)
    start, size = rnd.choice([(0, 64), (program_headers, 14 * 56), (program_headers, 14 * 56), (section_headers, 32 * 64),
                              (section_headers, 32 * 64), (0, len(data)), (0, len(data))])
    return min(start + rnd.randrange(size), len(data) - 8)


def damaged(rnd, original):
    data = bytearray(original)
    for _ in range(rnd.randint(1, 5)):
        at, kind = place(rnd, original), rnd.randrange(3)
        if kind == 0:
            data[at] = rnd.randrange(256)
        elif kind == 1:
            struct.pack_into("<I", data, at & ~3, rnd.choice(WORDS + [rnd.getrandbits(32)]))
        else:
            struct.pack_into("<Q", data, at & ~7, rnd.choice(QUADS + [len(data), rnd.getrandbits(64)]))
    return data


def why_not(rewrite, verify, path):
    run = subprocess.run([rewrite, *BIND, "--json", path, "-o", path + ".new"], capture_output=True, check=False, timeout=120)
    message = run.stderr.decode("utf-8", "replace")
    if run.returncode not in (0, 1, 2) or "signal" in message or "out of memory" in message:
        return run.returncode, f"status {run.returncode}: {message}"
    if run.returncode == 2:
        return 2, None if "could not be rewritten: it " in message else f"no reason: {message}"
    left = json.loads(run.stdout)["patterns_after"]
    check = subprocess.run([verify, "--json", "--policy", "system", path + ".new"], capture_output=True, check=False, timeout=120)
    findings = [finding["rule"] for finding in json.loads(check.stdout)["files"][0].get("findings", [])]
    found = findings.count("MPK001") + findings.count("MPK002")
    return run.returncode, None if found == left else f"{left} patterns reported, {found} found"


def main():
    rewrite, verify, count, *files = sys.argv[1:]
    rewritten = refused = bad = 0
    for path in files:
        with open(path, "rb") as file:
            original = file.read()
        for number in range(int(count)):
            with open(f"{path}.damaged", "wb") as file:
                file.write(damaged(random.Random(f"{path.rsplit('/', 1)[-1]}-{number}"), original))
            status, why = why_not(rewrite, verify, f"{path}.damaged")
            rewritten, refused = rewritten + (status in (0, 1)), refused + (status == 2)
            if why is not None:
                bad += 1
                print(f"{path}, {number}: {why}")
    print(f"{len(files) * int(count)} damaged files: {rewritten} rewritten, {refused} refused, {bad} not as they should")
    sys.exit(bad > 0)


main()
