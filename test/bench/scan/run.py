#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""run.py BUILD: how fast the scanner is, as ratios in one run, on one CPU.

Collects at least 1 GiB of executable pages from the installed ELF files, and over these same bytes compares reading alone,
each path of the scanner, a memchr loop, hyperscan (Debian: libhyperscan-dev, then build again), grep and, on a slice,
objdump. Then over all installed ELF files, one by one, each path against reading alone. Times are CPU time, each ratio the
median of rounds in which all are measured in turn."""

import os
import statistics
import subprocess
import sys
import tempfile

FOLDERS = ("/usr/lib", "/usr/bin", "/usr", "/opt")
CORPUS = 1536 << 20  # bytes at most
CORPUS_LEAST = 1 << 30
OBJDUMP_SLICE = 16 << 20
ROUNDS_RESIDENT, ROUNDS_FILES, ROUNDS_COMMANDS = 21, 7, 3
PATTERN = r"\x0f\x01\xef|\xd5[\x80-\xff]\x01\xef|\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf]"

source = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(source, "test/verify/Inputs"))
import spec  # noqa: E402


def executable_parts(path):
    """[(offset, size)] of the executable pages of an ELF file; [] if it cannot be scanned."""
    try:
        with open(path, "rb") as file, spec.mmap.mmap(file.fileno(), 0, access=spec.mmap.ACCESS_READ) as data:
            return [(offset, size) for _, offset, size in spec.executable_parts(data)]
    except (OSError, spec.Refused):
        return []


def collect(corpus):
    """Writes the corpus; returns [(path, parts)] of all files and the corpus' size."""
    objects = [(path, parts) for _, path in spec.elf_files(FOLDERS)
               if "\n" not in path and "\t" not in path and (parts := executable_parts(path))]
    size = 0
    for path, parts in objects:
        with open(path, "rb", buffering=0) as file:
            for offset, length in parts:
                file.seek(offset)
                size += corpus.write(file.read(min(length, CORPUS - size)))
        if size == CORPUS:
            break
    corpus.flush()
    return objects, size


def measure(command, **options):
    """(bytes, {name: hits}, {name: [seconds]}) of a run of bench-scan on one CPU."""
    cpu = str(max(os.sched_getaffinity(0)))
    output = subprocess.run(["taskset", "-c", cpu, *command], check=True, stdout=subprocess.PIPE, text=True,
                            **options).stdout
    (_, size), *rows = [line.split() for line in output.splitlines()]
    return int(size), {row[0]: int(row[1]) for row in rows}, {row[0]: [float(x) for x in row[2:]] for row in rows}


def ratio(seconds, name, other):
    """How many times as fast name is as other."""
    return statistics.median(b / a for a, b in zip(seconds[name], seconds[other]))


def limit_of(seconds):
    return min((name for name in seconds if name.startswith("sum-")), key=lambda name: statistics.median(seconds[name]))


def best_of(seconds):
    return next(name for name in ("scan-avx512", "scan-avx2", "scan-portable") if name in seconds)


def widest_of(seconds):
    """The sum that uses the widest registers; on some CPUs it is not the fastest."""
    return next(name for name in ("sum-avx512", "sum-avx2") if name in seconds)


def table(size, hits, seconds):
    limit = limit_of(seconds)
    for name, rounds in seconds.items():
        found = f"{hits[name]} hits" if hits[name] else ""
        print(f"  {name:18} {size / statistics.median(rounds) / 1e9:8.3f} GB/s  {ratio(seconds, name, limit):6.3f} of {limit}"
              f"  {found}".rstrip())
    if len({count for count in hits.values() if count}) > 1:
        sys.exit("run.py: they do not find the same")


def cpu_seconds(command):
    """User and system time of a shell command and its children."""
    before = os.times()
    # Into a pipe: grep stops at the first match when it writes to /dev/null.
    subprocess.run(["bash", "-o", "pipefail", "-c", command], check=True, stdout=subprocess.PIPE,
                   env={**os.environ, "LC_ALL": "C"})
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def commands(corpus, size, folder):
    """{name: seconds for the corpus} of the programs that people use."""
    slice_path = os.path.join(folder, "slice")
    with open(corpus, "rb") as file, open(slice_path, "wb") as part:
        file.seek(size // 2)
        part.write(file.read(OBJDUMP_SLICE))
    grep = f"grep -obUaP '{PATTERN}' {corpus}"
    objdump = f"objdump -D -b binary -m i386:x86-64 {slice_path} | {{ grep -E 'wrpkru|xrstor' || test $? = 1; }}"
    return {"grep -obUaP": statistics.median(cpu_seconds(grep) for _ in range(ROUNDS_COMMANDS)),
            "objdump -D | grep": cpu_seconds(objdump) * size / OBJDUMP_SLICE}


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: run.py BUILD (the build folder)")
    bench = os.path.join(sys.argv[1], "bin/bench-scan")
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "corpus"), "wb") as corpus:
            objects, size = collect(corpus)
        if size < CORPUS_LEAST:
            sys.exit(f"run.py: only {size} bytes of executable pages are installed; 1 GiB is wanted")
        print(f"resident: {size} bytes of executable pages")
        read, hits, seconds = measure([bench, "resident", corpus.name, str(ROUNDS_RESIDENT)])
        table(read, hits, seconds)
        best = best_of(seconds)
        for other in (limit_of(seconds), widest_of(seconds), "memchr", "hyperscan"):
            print(f"{best} / {other}: " + (f"{ratio(seconds, best, other):.3f}" if other in seconds else
                                           "not installed: libhyperscan-dev"))
        each = statistics.median(seconds[best]) / read
        for name, spent in commands(corpus.name, size, folder).items():
            print(f"{best} / {name}: {spent / size / each:.0f}  ({size / spent / 1e9:.4f} GB/s)")
    files = "".join("\t".join([path, *(f"{offset} {length}" for offset, length in parts)]) + "\n"
                    for path, parts in objects)
    read, hits, seconds = measure([bench, "files", str(ROUNDS_FILES)], input=files)
    print(f"one by one: {len(objects)} files, {read} bytes of executable pages")
    table(read, hits, seconds)
    print(f"{best} / {limit_of(seconds)}, one by one: {ratio(seconds, best, limit_of(seconds)):.3f}")


if __name__ == "__main__":
    main()
