#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The scan a second time, written from the Intel manual and the kernel's rules and not from scan.c: which pages of an ELF
# file are mapped executable, and at which addresses WRPKRU or XRSTOR begin in them. Compared with mpk-verify's report.
#
#   spec.py MPK-VERIFY FILE... [--folder FOLDER]   FOLDER: all ELF files in it up to SIZE_MAX bytes

import os
import re
import struct
import subprocess
import sys

PAGE = 4096
SIZE_MAX = 4 << 20

WRPKRU = re.compile(rb"(?=\x0f\x01\xef)|(?=\xd5[\x80-\xff]\x01\xef)", re.DOTALL)
XRSTOR = re.compile(rb"(?=\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf])", re.DOTALL)


def mapped_pages(data):
    """{page address: bytes} of the pages that are executable in the end: a later PT_LOAD wins."""
    phoff, = struct.unpack_from("<Q", data, 32)
    phnum, = struct.unpack_from("<H", data, 56)
    pages = {}
    for i in range(phnum):
        kind, flags, offset, vaddr, _, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", data, phoff + 56 * i)
        if kind != 1:
            continue
        start = vaddr // PAGE * PAGE
        file_end = -(-(vaddr + filesz) // PAGE) * PAGE
        for page in range(start, -(-(vaddr + memsz) // PAGE) * PAGE, PAGE):
            at = offset // PAGE * PAGE + page - start
            content = data[at:at + PAGE] if page < file_end else b""
            pages[page] = (content.ljust(PAGE, b"\0"), flags & 1)
    return {page: content for page, (content, executable) in pages.items() if executable}


def hits(data):
    found = set()
    pages = mapped_pages(data)
    for first in sorted(page for page in pages if page - PAGE not in pages):
        run = bytearray()
        page = first
        while page in pages:
            run += pages[page]
            page += PAGE
        found |= {(first + match.start(), "MPK001") for match in WRPKRU.finditer(run)}
        found |= {(first + match.start(), "MPK002") for match in XRSTOR.finditer(run)}
    return found


def reported(verify, path):
    """What mpk-verify says of the file as a client library: so that nothing is neutralised."""
    run = subprocess.run([verify, "--policy", "library", path], capture_output=True, text=True, errors="replace",
                         check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"spec.py: mpk-verify ended with {run.returncode} for {path}: {run.stderr}")
    found = set()
    lines = run.stdout.splitlines()
    for line, place in zip(lines, lines[1:]):
        rule = re.search(r"in an executable page \[(MPK00[12])\]$", line)
        if rule:
            found.add((int(re.search(r"address 0x([0-9a-f]+)", place).group(1), 16), rule.group(1)))
    return found


def is_elf(path):
    if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) > SIZE_MAX:
        return False
    with open(path, "rb") as file:
        header = file.read(20)
    return header[:6] == b"\x7fELF\x02\x01" and header[16:18] in (b"\x02\0", b"\x03\0") and header[18:20] == b"\x3e\0"


def main():
    verify, *files = sys.argv[1:]
    if "--folder" in files:
        at = files.index("--folder")
        folder = files[at + 1]
        files[at:at + 2] = sorted(path for path in (os.path.join(folder, name) for name in os.listdir(folder))
                                  if is_elf(path))
    total = differences = 0
    for path in files:
        with open(path, "rb") as file:
            expected = hits(file.read())
        total += len(expected)
        for address, rule in sorted(expected ^ reported(verify, path)):
            differences += 1
            print(f"{path}: {rule} at {address:#x}: only {'spec.py' if (address, rule) in expected else 'mpk-verify'}")
    print(f"files: {len(files)}\nhits: {total}\ndifferences: {differences}")


main()
