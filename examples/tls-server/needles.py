#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""needles.py KEY: the parts of a private key that tls-server --needles looks for, lines NAME HEX.

The private value of an EC key; the private exponent, the primes and the exponents of the CRT of an RSA key; of each the first and
the last 16 bytes, as it stands in files and as the limbs of a number, low byte first. Every byte is masked (memory_search.h): the
list must not itself be what is looked for."""

import re
import subprocess
import sys

MASK = 0xa5
SIZE = 16
FIELDS = {"priv": "d", "privateExponent": "d", "prime1": "p", "prime2": "q", "exponent1": "dp", "exponent2": "dq"}


def values(key):
    """{name: bytes}, big endian."""
    text = subprocess.run(["openssl", "pkey", "-in", key, "-noout", "-text"], stdout=subprocess.PIPE, check=True, text=True).stdout
    found = {}
    for name, digits in re.findall(r"^(\w+):\s*\n((?: +[0-9a-f:]+\n)+)", text, re.MULTILINE):
        if name in FIELDS:
            found[FIELDS[name]] = bytes.fromhex(re.sub(r"[\s:]", "", digits)).lstrip(b"\0")
    return found


def needles(value):
    limbs = value[::-1]
    return {"1": value[:SIZE], "2": value[-SIZE:], "limbs-1": limbs[:SIZE], "limbs-2": limbs[-SIZE:]}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: needles.py KEY")
    found = values(sys.argv[1])
    if not found:
        sys.exit(f"needles.py: {sys.argv[1]} is not an RSA or EC private key")
    for name, value in found.items():
        for part, needle in needles(value).items():
            print(f"{name}-{part}", bytes(byte ^ MASK for byte in needle).hex())


if __name__ == "__main__":
    main()
