# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""spells.py yes|no FILE...: tells whether an executable section of the ELF files spells wrpkru or xrstor at any offset;
fails if not as said. "yes" asks it of at least one file, "no" of all."""

import re
import struct
import sys

PATTERN = re.compile(rb"(?=\x0f\x01\xef|\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf])", re.DOTALL)
SHT_PROGBITS = 1
SHF_EXECINSTR = 4


def code(data):
    """The bytes of each executable section."""
    table, = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    for index in range(count):
        _, kind, flags, _, offset, length = struct.unpack_from("<IIQQQQ", data, table + index * size)
        if kind == SHT_PROGBITS and flags & SHF_EXECINSTR:
            yield data[offset:offset + length]


def hits(path):
    with open(path, "rb") as file:
        sections = list(code(file.read()))
    if not any(sections):
        sys.exit(f"{path}: no code")
    return sum(len(PATTERN.findall(section)) for section in sections)


found = {path: hits(path) for path in sys.argv[2:]}
print(found)
wanted = {"yes": any(found.values()), "no": not any(found.values())}[sys.argv[1]]
sys.exit(0 if wanted else f"expected {sys.argv[1]}")
