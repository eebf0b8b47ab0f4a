#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# machine.py MPK-VERIFY: judges every shared object and position-independent program that a package of this machine owns as a
# client's, and demands of each error a row in TABLE: a rule, the reason why real files break it, and a look at the file, by
# other means than mpk-verify's, that shows the reason to hold. Separate debug information (/usr/lib/debug) is left out: it is
# never loaded, and its headers name bytes that it has not got.
import collections
import concurrent.futures
import functools
import glob
import os
import re
import struct
import subprocess
import sys

PAGE = 4096
PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_FLAGS_1, DF_1_PIE = 0x6FFFFFFB, 0x08000000
TABLES = dict(DT_RELA=7, DT_JMPREL=23, DT_SYMTAB=6, DT_STRTAB=5, DT_HASH=4, DT_GNU_HASH=0x6FFFFEF5, DT_VERSYM=0x6FFFFFF0,
              DT_VERNEED=0x6FFFFFFE, DT_VERDEF=0x6FFFFFFC)


class Object:
    """What the checks below ask of a file: program headers and dynamic section."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as file:
            self.data = file.read()
        phoff, = struct.unpack_from("<Q", self.data, 32)
        count, = struct.unpack_from("<H", self.data, 56)
        self.headers = [struct.unpack_from("<IIQQQQQQ", self.data, phoff + 56 * i) for i in range(count)]

    def of_type(self, kind):
        return [header for header in self.headers if header[0] == kind]

    def is_writable(self, address):
        return any(flags & 2 and start <= address < start + memsz
                   for _, flags, _, start, _, _, memsz, _ in self.of_type(PT_LOAD))

    def at(self, address, size):
        for _, _, offset, start, _, filesz, _, _ in self.of_type(PT_LOAD):
            page = start // PAGE * PAGE
            if page <= address < -(-(start + filesz) // PAGE) * PAGE:
                at = offset // PAGE * PAGE + address - page
                return self.data[at:at + size]
        return b""

    def dynamic(self, tag):
        for _, _, offset, _, _, size, _, _ in self.of_type(PT_DYNAMIC):
            for key, value in struct.iter_unpack("<QQ", self.data[offset:offset + size // 16 * 16]):
                if key == tag:
                    return value
        return 0


@functools.lru_cache(maxsize=1)
def open_object(path):
    return Object(path)


@functools.lru_cache(maxsize=4)
def readelf(option, path):
    return subprocess.run(["readelf", "-W", option, path], capture_output=True, text=True, errors="replace", check=True).stdout


def holds_pattern(finding):
    bytes_there = open_object(finding.path).at(int(re.search(r"address 0x([0-9a-f]+)", finding.place).group(1), 16), 4)
    return re.match(rb"\x0f\x01\xef|\xd5[\x80-\xff]\x01\xef|\x0f\xae[\x28-\x2f\x68-\x6f\xa8-\xaf]", bytes_there, re.DOTALL)


def is_privileged(finding):
    return os.stat(finding.path).st_mode & 0o6000 or "security.capability" in os.listxattr(finding.path)


def is_static_pie(finding):
    file = open_object(finding.path)
    return not file.of_type(PT_INTERP) and file.dynamic(DT_FLAGS_1) & DF_1_PIE


def has_interpreter_in_data(finding):
    file = open_object(finding.path)
    return file.is_writable(file.of_type(PT_INTERP)[0][3])


def has_table_in_data(finding):
    file = open_object(finding.path)
    return file.is_writable(file.dynamic(TABLES[finding.text.split()[0]]))


def has_ifunc(finding):
    return re.search(rf" IFUNC .* {re.escape(finding.text.split()[0])}(@|$)", readelf("--dyn-syms", finding.path), re.MULTILINE)


def has_irelative(finding):
    return "R_X86_64_IRELATIV" in readelf("-r", finding.path) and (
        is_static_pie(finding) or os.path.basename(finding.path) in GLIBC)


def is_glibc(finding):
    return os.path.basename(finding.path) in GLIBC


def has_flag(finding):
    flag = {"DF_1_INITFIRST is set": "INITFIRST", "DT_FLAGS_1 has the bits 0x400, which are not allowed": "INTERPOSE"}
    return "/valgrind/vgpreload_" in finding.path and flag[finding.text] in readelf("-d", finding.path)


def is_own_start_up(finding):
    name = re.match(r"the object defines (\w+),", finding.text).group(1)
    return re.search(rf" (FUNC|OBJECT|NOTYPE) .* \d+ {name}(@|$)", readelf("--dyn-syms", finding.path), re.MULTILINE) and (
        is_glibc(finding) or re.match(r"(lib[amt]*san\.so|libclang_rt\.|node$|libnode\.so)", os.path.basename(finding.path)))


GLIBC = {"ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libmvec.so.1"}
# Rule, the beginning of the text, why real files break it, how to see that this one does.
TABLE = [
    ("MPK001", "WRPKRU", "the bytes are there: libc's pkey_set, and accidents of linking", holds_pattern),
    ("MPK002", "XRSTOR", "the bytes are there: ld.so's resolvers, and accidents of linking", holds_pattern),
    ("MPK010", "the file has", "set-user-ID, set-group-ID and capabilities, such as su and ssh-agent", is_privileged),
    ("MPK012", "PT_INTERP is no string", "patchelf moved the interpreter's name into a writable segment",
     has_interpreter_in_data),
    ("MPK034", "DT_FLAGS_1 says PIE", "static PIE programs, such as ldconfig: they run without ld.so", is_static_pie),
    ("MPK035", "DT_", "patchelf moved the table into a writable segment", has_table_in_data),
    ("MPK032", "DF_1_INITFIRST", "valgrind's preloaded objects start first", has_flag),
    ("MPK034", "DT_FLAGS_1 has the bits 0x400", "valgrind's preloaded objects interpose", has_flag),
    ("MPK037", "DT_SONAME is", "glibc's own names", is_glibc),
    ("MPK040", "relocation of type 37", "IRELATIVE of glibc's own, or linked into a static PIE", has_irelative),
    ("MPK050", "", "indirect functions: glibc's own, libatomic, hyperscan", has_ifunc),
    ("MPK052", "the object defines", "ld.so and libc themselves, sanitizers' run times, node", is_own_start_up),
]

Finding = collections.namedtuple("Finding", "path rule text place")


def objects():
    """Files of packages, by their real path: ET_DYN for x86-64."""
    found = set()
    for name in glob.glob("/var/lib/dpkg/info/*.list"):
        with open(name, encoding="utf-8", errors="surrogateescape") as file:
            found |= {os.path.realpath(line.rstrip("\n")) for line in file}
    for path in sorted(found):
        if path.startswith("/usr/lib/debug/") or not os.path.isfile(path) or not os.access(path, os.R_OK):
            continue
        with open(path, "rb") as file:
            header = file.read(20)
        if header[:6] == b"\x7fELF\x02\x01" and header[16:] == b"\x03\0\x3e\0":
            yield path


def judge(verify, paths):
    run = subprocess.run([verify, "--policy", "client", *paths], capture_output=True, text=True, errors="replace", check=False)
    if run.returncode not in (0, 1) or run.stderr:
        sys.exit(f"machine.py: mpk-verify ended with {run.returncode}: {run.stderr}")
    lines = run.stdout.splitlines()
    matches = [(re.fullmatch(r"(/[^:]*):.* ?error: (.*) \[(MPK\d{3})\]", line), place)
               for line, place in zip(lines, [*lines[1:], ""])]
    return [Finding(match.group(1), match.group(3), match.group(2), place) for match, place in matches if match]


def explain(finding):
    for row in TABLE:
        if finding.rule == row[0] and finding.text.startswith(row[1]) and row[3](finding):
            return row
    return None


def main():
    paths = list(objects())
    print(f"objects: {len(paths)}")
    parts = [paths[i::40] for i in range(40) if paths[i::40]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = [finding for part in pool.map(lambda part: judge(sys.argv[1], part), parts) for finding in part]
    print(f"errors: {len(findings)}")
    files = collections.defaultdict(set)
    missing = 0
    for finding in sorted(findings):
        row = explain(finding)
        if row is None:
            print(f"not explained: {finding.path}: {finding.text} [{finding.rule}]")
            missing += 1
        else:
            files[row].add(finding.path)
    for row in TABLE:
        print(f"{row[0]}: {row[2]}: {len(files[row])} files")
    print(f"errors that are not explained: {missing}")


main()
