#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The scan a second time, written from the Intel manual, the ELF gABI and the kernel's rules and not from scan.c: which
parts of an ELF file are mapped executable, and at which addresses WRPKRU or XRSTOR begin in them.

  spec.py report MPK-VERIFY FILE...          compares with what mpk-verify reports
  spec.py files SCAN-LIST FOLDER...          with the ELF layer and the scanner, over all ELF files in the folders
  spec.py generated SCAN-GENERATE COUNT      with each path of the scanner, over generated buffers

Prints what was compared and each difference; exit status 1 if there is a difference, or nothing to compare."""

import array
import collections
import mmap
import multiprocessing
import os
import re
import stat
import struct
import subprocess
import sys

PAGE = 4096
PHDR_MAX = 128  # documented in mpk-elf.h
DIFFERENCES_SHOWN = 20


class Refused(Exception):
    """A file that cannot be scanned: the class of the reason, and the reason."""


# --- Patterns ---

# Both begin with their constant bytes, which re searches for fastest; what is before them is looked at afterwards.
WRPKRU_TAIL = re.compile(rb"\x01\xef")
XRSTOR = re.compile(rb"\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf]", re.DOTALL)


def patterns(data, start, end):
    """Yields (index, name) of all patterns that lie wholly in data[start:end], unordered."""
    for match in WRPKRU_TAIL.finditer(data, start, end):
        before = data[max(start, match.start() - 2):match.start()]
        if before[-1:] == b"\x0f":
            yield match.start() - 1, "wrpkru"
        elif len(before) == 2 and before[0] == 0xd5 and before[1] >= 0x80:  # REX2 with M0
            yield match.start() - 2, "wrpkru"
    for match in XRSTOR.finditer(data, start, end):
        yield match.start(), "xrstor"


# --- ELF files ---

def loads(data):
    """[(flags, offset, vaddr, filesz, memsz)] of the PT_LOADs of a file that the kernel could map."""
    if len(data) < 64:
        raise Refused("truncated", "no ELF header")
    bits, order, version, system = data[4:8]
    kind, machine, version2, _, phoff, _, _, _, phentsize, phnum = struct.unpack_from("<HHIQQQIHHH", data, 16)
    if bits != 2 or order != 1 or machine != 62:
        raise Refused("wrong-kind", "not 64-bit x86-64")
    if version != 1 or version2 != 1:
        raise Refused("malformed", "ELF version")
    if system not in (0, 3):  # System V, GNU
        raise Refused("wrong-kind", "another operating system's")
    if kind not in (2, 3):
        raise Refused("wrong-kind", {1: "relocatable object", 4: "core dump"}.get(kind, "unknown type"))
    if phentsize != 56 or not 0 < phnum <= PHDR_MAX:
        raise Refused("malformed", "size or number of program headers")
    if phoff + 56 * phnum > len(data):
        raise Refused("truncated", "program headers beyond the end of the file")
    found = []
    for i in range(phnum):
        kind, flags, offset, vaddr, _, filesz, memsz, _ = struct.unpack_from("<IIQQQQQQ", data, phoff + 56 * i)
        if kind != 1:
            continue
        if offset + filesz > len(data):
            raise Refused("truncated", "PT_LOAD beyond the end of the file")
        if (vaddr - offset) % PAGE != 0:
            raise Refused("malformed", "address and offset of a PT_LOAD differ within the page")
        found.append((flags, offset, vaddr, filesz, memsz))
    if not found:
        raise Refused("malformed", "no PT_LOAD")
    return found


def down(value):
    return value // PAGE * PAGE


def up(value):
    return -(-value // PAGE) * PAGE


def executable_parts(data):
    """[(address, offset, size)], ascending, of the file's bytes that end up executable: whole pages, as mapped. A later
    PT_LOAD is mapped over an earlier one. Pages without file bytes are zeros, which are in no pattern."""
    parts = []
    for flags, offset, vaddr, filesz, memsz in loads(data):
        start, end = down(vaddr), up(vaddr + max(filesz, memsz))
        kept = []
        for first, at, size in parts:
            if first < start:
                kept.append((first, at, min(size, start - first)))
            if first + size > end:
                skipped = max(0, end - first)
                kept.append((first + skipped, at + skipped, size - skipped))
        parts = kept
        at = down(offset)
        size = min(up(vaddr + filesz) - start, len(data) - at)
        if flags & 1 and size > 0:
            parts.append((start, at, size))
    return sorted(parts)


def hits(data):
    """{(address, name)} of a file."""
    runs = []
    for address, at, size in executable_parts(data):
        if runs and runs[-1][0] + runs[-1][1] == address:
            runs[-1][1] += size
            runs[-1][2].append((at, size))
        else:
            runs.append([address, size, [(at, size)]])
    found = set()
    for address, _, pieces in runs:
        if len(pieces) == 1:
            (at, size), = pieces
            found |= {(address + i - at, name) for i, name in patterns(data, at, at + size)}
        else:
            run = b"".join(data[at:at + size] for at, size in pieces)
            found |= {(address + i, name) for i, name in patterns(run, 0, len(run))}
    return found


def judge_file(path):
    """(hits, None), or (None, (class, reason)) if the file cannot be scanned."""
    try:
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return hits(data), None
    except Refused as refused:
        return None, refused.args


# --- mpk-verify ---

def reported(verify, path):
    """What mpk-verify says of the file as a client library: so that nothing is neutralised."""
    run = subprocess.run([verify, "--policy", "library", path], capture_output=True, text=True, errors="replace",
                         check=False)
    if run.returncode not in (0, 1):
        sys.exit(f"spec.py: mpk-verify ended with {run.returncode} for {path}: {run.stderr}")
    found = set()
    lines = run.stdout.splitlines()
    for line, place in zip(lines, lines[1:]):
        rule = re.search(r"in an executable page \[MPK00([12])\]$", line)
        if rule:
            found.add((int(re.search(r"address 0x([0-9a-f]+)", place).group(1), 16),
                       {"1": "wrpkru", "2": "xrstor"}[rule.group(1)]))
    return found


def compare_report(verify, *paths):
    total, differences = 0, []
    for path in paths:
        expected = judge_file(path)[0]
        total += len(expected)
        for hit in sorted(expected ^ reported(verify, path)):
            differences.append(f"{path}: {hit[1]} at {hit[0]:#x}: only {'spec.py' if hit in expected else 'mpk-verify'}")
    return {"files": len(paths), "hits": total}, differences


# --- All ELF files of a machine ---

def elf_files(folders):
    """[(size, path)] of all ELF files, of any kind, each once."""
    seen, found = set(), []
    for folder in folders:
        for where, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(where, name)
                try:
                    status = os.lstat(path)
                    if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in seen:
                        continue
                    seen.add((status.st_dev, status.st_ino))
                    with open(path, "rb", buffering=0) as file:
                        if file.read(4) == b"\x7fELF":
                            found.append((status.st_size, path))
                except OSError:  # not ours to read, or gone
                    continue
    return found


def batches(files, most=256 << 20):
    """Lists of paths of at most that many bytes, or one file, the largest files first."""
    batch, size = [], 0
    for file_size, path in sorted(files, reverse=True):
        if batch and size + file_size > most:
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += file_size
    if batch:
        yield batch


def answers(output):
    """What scan_list says of each file, as judge_file does, but for the reason's text."""
    found, refused = set(), None
    for line in output.splitlines():
        word, *rest = line.split()
        if word == "end":
            yield (None, refused) if refused else (found, None)
            found, refused = set(), None
        elif word == "hit":
            found.add((int(rest[1], 16), rest[0]))
        else:
            refused = rest[0]


def identity(path):
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def compare_batch(task):
    """(hits, {reason: paths}, differences, paths of files that somebody changed meanwhile)"""
    scan_list, paths = task
    before = [identity(path) for path in paths]
    run = subprocess.run([scan_list], input=b"".join(os.fsencode(path) + b"\0" for path in paths),
                         stdout=subprocess.PIPE, check=True)
    scanned = list(answers(run.stdout.decode()))
    if len(scanned) != len(paths):
        raise RuntimeError(f"scan_list answers {len(scanned)} of {len(paths)} files")
    total, reasons, differences, changed = 0, collections.defaultdict(list), [], []
    for path, old, (found, refused) in zip(paths, before, scanned):
        try:
            expected, reason = judge_file(path)
        except OSError:
            expected, reason = None, ("unreadable", "")
        if identity(path) != old:
            changed.append(path)
        elif (reason[0] if reason else None) != refused:
            differences.append(f"{path}: spec.py: {reason or 'scanned'}; the ELF layer: {refused or 'scanned'}")
        elif reason:
            reasons[f"{reason[0]}: {reason[1]}"].append(path)
        else:
            total += len(expected)
            differences += [f"{path}: {name} at {address:#x}: only {'spec.py' if (address, name) in expected else 'scan'}"
                            for address, name in sorted(expected ^ found)]
    return total, reasons, differences, changed


def compare_files(scan_list, *folders):
    files = elf_files(folders)
    total, reasons, differences, changed = 0, collections.defaultdict(list), [], []
    with multiprocessing.Pool() as pool:
        for batch in pool.imap_unordered(compare_batch, [(scan_list, batch) for batch in batches(files)]):
            total += batch[0]
            for reason, paths in batch[1].items():
                reasons[reason] += paths
            differences += batch[2]
            changed += batch[3]
    for reason, paths in sorted(reasons.items()):
        print(f"refused by both, {reason}: {len(paths)}, such as {min(paths)}")
    for path in changed:
        print(f"changed meanwhile: {path}")
    refused = sum(len(paths) for paths in reasons.values())
    return {"files": len(files) - refused - len(changed), "hits": total, "refused": refused}, differences


# --- Generated buffers ---

PATTERN_NUMBER = {"wrpkru": 1, "xrstor": 2}  # enum mpk_pattern
LENGTH = {("wrpkru", 0x0f): 3, ("wrpkru", 0xd5): 4, ("xrstor", 0x0f): 3}


def expected_in(image, address):
    """As scan_generate writes it: in the order of the hits' last bytes."""
    found = sorted((i + LENGTH[name, image[i]], i, name) for i, name in patterns(image, 0, len(image)))
    return array.array("Q", (address + i << 2 | PATTERN_NUMBER[name] for _, i, name in found))


def describe(hit):
    return f"{'wrpkru' if hit & 3 == 1 else 'xrstor'} at {hit >> 2:#x}"


def compare_share(task):
    """(buffers, bytes, hits, paths of the scanner, differences)"""
    scan_generate, first, count = task
    buffers = size = total = paths = 0
    differences = []
    with subprocess.Popen([scan_generate, str(first), str(count)], stdout=subprocess.PIPE) as process:
        while header := process.stdout.read(20):
            address, image_size, in_image, paths = struct.unpack("<QIII", header)
            expected = expected_in(process.stdout.read(image_size), address)
            buffers, size, total = buffers + in_image, size + image_size, total + len(expected)
            for path in range(paths):
                found = array.array("Q", process.stdout.read(8 * struct.unpack("<I", process.stdout.read(4))[0]))
                if found != expected:
                    wrong = set(found) ^ set(expected)
                    differences += [f"path {path + 1} of {paths}: {describe(hit)}: only "
                                    f"{'spec.py' if hit in set(expected) else 'scan'}" for hit in sorted(wrong)[:3]]
                    differences += [] if wrong else [f"path {path + 1} of {paths}: order or number of hits"]
    if process.returncode != 0:
        raise RuntimeError(f"scan_generate ended with {process.returncode}")
    return buffers, size, total, paths, differences


def compare_generated(scan_generate, count):
    share = 250000
    tasks = [(scan_generate, first, min(share, int(count) - first)) for first in range(0, int(count), share)]
    with multiprocessing.Pool() as pool:
        results = pool.map(compare_share, tasks, chunksize=1)
    return {"buffers": sum(result[0] for result in results), "MiB": sum(result[1] for result in results) >> 20,
            "hits": sum(result[2] for result in results), "paths": min(result[3] for result in results),
            }, [difference for result in results for difference in result[4]]


def main():
    modes = {"report": compare_report, "files": compare_files, "generated": compare_generated}
    if len(sys.argv) < 4 or sys.argv[1] not in modes:
        sys.exit(__doc__)
    counts, differences = modes[sys.argv[1]](*sys.argv[2:])
    for difference in differences[:DIFFERENCES_SHOWN]:
        print(difference)
    for name, count in counts.items():
        print(f"{name}: {count}")
    print(f"differences: {len(differences)}")
    nothing = counts.get("files", counts.get("buffers")) == 0 or counts["hits"] == 0
    sys.exit(1 if differences or nothing else 0)


if __name__ == "__main__":
    main()
