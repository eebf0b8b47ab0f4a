#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# long-tables.py IN OUT KIND: IN, an ordinary library, with a further 4 MiB PT_LOAD (in the place of its PT_NOTE) that holds
# what takes a naive reader time in proportion to its square:
#   dynamic    a dynamic section of 200,000 entries
#   versions   records of needed versions, the chain of each being all the others behind it
#   strings    200,000 symbols, and a string table without an end
#   relr       bitmaps that write 4 million words outside the object
import struct
import sys

SIZE = 4 << 20
BASE = 0x10000000
DT_STRTAB, DT_SYMTAB, DT_STRSZ, DT_HASH, DT_GNU_HASH, DT_VERNEED, DT_NOTHING = 5, 6, 10, 4, 0x6FFFFEF5, 0x6FFFFFFE, 21
DT_RELRSZ, DT_RELR, DT_RELRENT = 35, 36, 37


class Library:
    def __init__(self, data):
        self.data = bytearray(data) + bytes(-len(data) % 4096)
        self.start = len(self.data)
        phoff, = struct.unpack_from("<Q", data, 32)
        count, = struct.unpack_from("<H", data, 56)
        for at in range(phoff, phoff + 56 * count, 56):
            kind, = struct.unpack_from("<I", data, at)
            if kind == 4:
                struct.pack_into("<IIQQQQQQ", self.data, at, 1, 4, self.start, BASE, 0, SIZE, SIZE, 4096)
            if kind == 2:
                self.dynamic = at

    def tags(self):
        offset, = struct.unpack_from("<Q", self.data, self.dynamic + 8)
        size, = struct.unpack_from("<Q", self.data, self.dynamic + 32)
        return range(offset, offset + size, 16)

    def set_tag(self, tag, value):
        for at in self.tags():
            if struct.unpack_from("<q", self.data, at)[0] in (tag, 0):
                struct.pack_into("<qQ", self.data, at, tag, value)
                return

    def drop_tag(self, tag):
        for at in self.tags():
            if struct.unpack_from("<q", self.data, at)[0] == tag:
                struct.pack_into("<qQ", self.data, at, 0x6FFFFFF9, 0)  # DT_RELACOUNT of 0


def make(library, kind):
    if kind == "dynamic":
        content = struct.pack("<qQ", DT_NOTHING, 0) * 200000
        struct.pack_into("<QQQQQ", library.data, library.dynamic + 8, library.start, BASE, 0, SIZE, SIZE)
    elif kind == "versions":
        content = struct.pack("<HHIII", 1, 1, 1, 16, 16) * (SIZE // 16)
        library.set_tag(DT_VERNEED, BASE)
    elif kind == "strings":
        content = b"\0" * 24 + struct.pack("<IBBHQQ", 1, 0x11, 0, 1, 0x1000, 1) * 100000
        hashes = struct.pack("<II", 1, 100000) + struct.pack("<I", 1) + b"".join(
            struct.pack("<I", (i + 1) % 100000) for i in range(100000))
        content += hashes.ljust(500000, b"\0") + b"a" * SIZE
        library.drop_tag(DT_GNU_HASH)
        library.set_tag(DT_SYMTAB, BASE)
        library.set_tag(DT_HASH, BASE + 24 + 24 * 100000)
        library.set_tag(DT_STRTAB, BASE + 24 + 24 * 100000 + 500000)
        library.set_tag(DT_STRSZ, SIZE - (24 + 24 * 100000 + 500000))
    else:
        content = struct.pack("<Q", 0x20000000) + struct.pack("<Q", (1 << 64) - 1) * 65535
        library.set_tag(DT_RELR, BASE)
        library.set_tag(DT_RELRSZ, 65536 * 8)
        library.set_tag(DT_RELRENT, 8)
    return library.data + content[:SIZE].ljust(SIZE, b"\0")


def main():
    source, target, kind = sys.argv[1:]
    with open(source, "rb") as file:
        library = Library(file.read())
    with open(target, "wb") as file:
        file.write(make(library, kind))


main()
