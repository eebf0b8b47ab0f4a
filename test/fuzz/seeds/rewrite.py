#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""rewrite.py FOLDER: what the fuzzing of the rewriter begins with: the code of each function of test/rewrite/Inputs/forms.S, and
small libraries linked of that tests' sources."""

import os
import re
import subprocess
import sys

CLANG = "/usr/lib/llvm-19/bin/clang"
READELF = "/usr/lib/llvm-19/bin/llvm-readelf"
LINK = ("-shared", "-nostdlib", "-fPIC", "-O1", "-Wl,--build-id,-z,max-page-size=4096")
HOWS = 48  # of the ways in which test/fuzz/rewrite.c makes a library
tests = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../rewrite")
LIBRARIES = {
    "forms": ["Inputs/forms.S", "-Wl,-z,noseparate-code"],
    "short": ["short-instructions-move-together.s", "-xassembler-with-cpp", "-Wl,-z,noseparate-code"],
    "table": ["table-in-code-is-left.s"],
    "banned": ["banned-calls-trap.c", "-Wl,-z,noseparate-code"],
    "intended": ["intended-instructions-trap.s"],
}

# Data on a page of its own in the segment of the code, and behind the code, on the page that the next segment shares.
BESIDE = """
.section .rodata
.p2align 12
.byte 0x0f, 0x01, 0xef
.p2align 12
.text
.type function, @function
function: ret
.size function, . - function
.data
.byte 0x0f, 0xae, 0x28
"""


def functions(path):
    """{name: code} of an object's."""
    with open(path, "rb") as file:
        data = file.read()
    sections = subprocess.run([READELF, "-SW", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    (offset,) = [int(found[1], 16) for found in re.finditer(r" \.text +PROGBITS +\S+ +(\S+)", sections)]
    symbols = subprocess.run([READELF, "-sW", path], stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [line.split() for line in symbols.splitlines() if " FUNC " in line]
    return {row[7]: data[offset + int(row[1], 16):][:int(row[2])] for row in rows}


def main():
    folder = sys.argv[1]
    made = os.path.join(folder, "made")
    subprocess.run([CLANG, "-c", f"{tests}/Inputs/forms.S", "-o", made], check=True)
    for number, (name, code) in enumerate(functions(made).items()):
        with open(os.path.join(folder, f"seed-{name}"), "wb") as file:
            file.write(bytes([number % HOWS]) + code)
    os.unlink(made)
    subprocess.run([CLANG, *LINK, "-Wl,-z,noseparate-code", "-x", "assembler", "-", "-o", f"{folder}/seed-library-data"],
                   input=BESIDE.encode(), check=True)
    for name, (source, *options) in LIBRARIES.items():
        subprocess.run([CLANG, *LINK, *options[:1], f"{tests}/{source}", *options[1:], "-o", f"{folder}/seed-library-{name}"], check=True)


if __name__ == "__main__":
    main()
