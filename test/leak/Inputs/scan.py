#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looks for key material in the memory of a process, from outside, as root.

    scan.py --aes FILE --ec FILE --patterns          prints what would be looked for: NAME HEX
    scan.py --aes FILE --ec FILE COMMAND...          starts COMMAND, waits until it prints `ready`, and looks

--aes names a file of raw key bytes, --ec a private key in DER (SEC1, P-256). Looked for is: the AES key, every round key of
its schedule, for decryption too, the private value as bytes and as the limbs of a number, and the DER text. All memory that can be
read is looked at, that of the client (from LIMIT on) and what is below it, each line saying where."""
import argparse
import re
import subprocess
import sys

LIMIT = 1 << 40


def multiply(a, b):
    """In GF(2^8) of AES (FIPS 197, 4.2)."""
    result = 0
    while b:
        if b & 1:
            result ^= a
        a = (a << 1) ^ (0x11b if a & 0x80 else 0)
        b >>= 1
    return result


def substitution(byte):
    inverse = next((x for x in range(256) if multiply(byte, x) == 1), 0)
    result = 0x63
    for shift in range(5):
        result ^= (inverse << shift | inverse >> (8 - shift)) & 0xff
    return result


def schedule(key):
    """Round keys of 16 bytes (FIPS 197, 5.2)."""
    words = [key[i:i + 4] for i in range(0, len(key), 4)]
    step, constant = len(words), 1
    for i in range(step, 4 * (step + 7)):
        word = words[-1]
        if i % step == 0:
            word = bytes(map(substitution, word[1:] + word[:1]))
            word = bytes([word[0] ^ constant]) + word[1:]
            constant = multiply(constant, 2)
        elif step > 6 and i % step == 4:
            word = bytes(map(substitution, word))
        words.append(bytes(a ^ b for a, b in zip(words[-step], word)))
    return [b"".join(words[i:i + 4]) for i in range(0, len(words), 4)]


def for_decryption(round_key):
    """InvMixColumns of a round key (FIPS 197, 5.3.5)."""
    result = []
    for column in (round_key[i:i + 4] for i in range(0, 16, 4)):
        for row in range(4):
            value = 0
            for i, factor in enumerate((14, 11, 13, 9)):
                value ^= multiply(column[(row + i) % 4], factor)
            result.append(value)
    return bytes(result)


def patterns(aes, ec):
    """{name: bytes}; 16 bytes are enough to be sure, and no more is asked of a part of something."""
    at = ec.index(b"\x02\x01\x01\x04\x20") + 5
    value = ec[at:at + 32]
    limbs = value[::-1]
    result = {"aes-key-1": aes[:16], "aes-key-2": aes[16:32], "ec-value-1": value[:16], "ec-value-2": value[16:],
              "ec-limbs-1": limbs[:16], "ec-limbs-2": limbs[16:], "ec-der": ec[at - 5:at + 11]}
    keys = schedule(aes)
    for number, key in enumerate(keys[2:], 2):
        result[f"aes-round-{number}"] = key
    for number, key in enumerate(keys[1:-1], 1):
        result[f"aes-inverse-round-{number}"] = for_decryption(key)
    return result


def scan(pid, looked_for):
    """Prints each kind of pattern that is found. Returns the number found from LIMIT on, and the bytes looked at there."""
    found, size = {}, 0
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
        regions = [(line.split()[0], line.split()[1], line) for line in maps]
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for span, rights, line in regions:
            start, end = (int(number, 16) for number in span.split("-"))
            if "r" not in rights or re.search(r"\[v(var|syscall)", line):
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                print(f"cannot be read: {'client' if start >= LIMIT else 'below LIMIT'}")
                continue
            where = "client" if start >= LIMIT else "below LIMIT"
            size += len(data) if start >= LIMIT else 0
            for name, pattern in looked_for.items():
                if pattern in data:
                    found.setdefault((where, name), 0)
    for where, name in sorted(found):
        print(f"{name} found: {where}")
    return len([1 for where, _ in found if where == "client"]), size


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aes", required=True)
    parser.add_argument("--ec", required=True)
    parser.add_argument("--patterns", action="store_true")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    with open(options.aes, "rb") as aes, open(options.ec, "rb") as ec:
        looked_for = patterns(aes.read(), ec.read())
    if options.patterns:
        for name, pattern in looked_for.items():
            print(name, pattern.hex())
        return 0
    child = subprocess.Popen(options.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = child.stdout.readline()
    print(line, end="")
    if not line.startswith("ready"):
        return 2
    count, size = scan(child.pid, looked_for)
    child.stdin.close()
    print(f"{count} of {len(looked_for)} patterns in {'at least 1 MiB' if size >> 20 else 'too little'} of the client's memory")
    return child.wait()


if __name__ == "__main__":
    sys.exit(main())
