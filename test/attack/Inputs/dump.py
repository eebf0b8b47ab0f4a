#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every wrpkru and xrstor in the executable memory of a running process, seen from outside, as root.

    dump.py GATES COMMAND...

Starts COMMAND, waits until it prints `ready`, reads all executable memory by /proc/PID/mem, and prints one line for each hit:
`wrpkru 0xOFFSET` from the start of the mapping. GATES is the build's list of the gates' wrpkru in the same form; the last line
says whether the two are the same and there is nothing else. Adjacent mappings are looked at as one.
"""
import re
import subprocess
import sys

WRPKRU = b"\x0f\x01\xef"


def hits(code):
    at = code.find(WRPKRU)
    while at >= 0:
        yield "wrpkru", at
        at = code.find(WRPKRU, at + 1)
    # 0f ae /5 with a memory operand.
    for match in re.finditer(rb"(?=\x0f\xae([\x28-\x2f\x68-\x6f\xa8-\xaf]))", code, re.DOTALL):
        yield "xrstor", match.start()


def executable(pid):
    """(start, end) of runs of executable mappings; vsyscall is not memory."""
    runs = []
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
        for line in maps:
            span, rights = line.split()[:2]
            start, end = (int(number, 16) for number in span.split("-"))
            if "x" not in rights or "[vsyscall]" in line:
                continue
            if runs and runs[-1][1] == start:
                runs[-1][1] = end
            else:
                runs.append([start, end])
    return runs


def main():
    with open(sys.argv[1], encoding="ascii") as file:
        expected = sorted(line.split()[1] for line in file if line.startswith("wrpkru "))
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = ""
    while "ready" not in line:
        line = child.stdout.readline()
        if not line:
            sys.exit("dump.py: the process did not get ready")
    runs = executable(child.pid)
    found = []
    size = 0
    with open(f"/proc/{child.pid}/mem", "rb", buffering=0) as memory:
        for start, end in runs:
            memory.seek(start)
            code = memory.read(end - start)
            assert len(code) == end - start
            size += len(code)
            for what, at in hits(code):
                print(f"{what} {at:#x} in {start:#x}-{end:#x}")
                found.append((what, f"{at:#x}", start))
    print(f"{len(runs)} executable regions, {size} bytes")
    child.stdin.close()
    print(f"the process ended with status {child.wait()}")
    same = sorted(at for _, at, _ in found) == expected and all(what == "wrpkru" for what, _, _ in found)
    one = len({start for _, _, start in found}) == 1
    print("exactly the gates" if same and one else "NOT exactly the gates")
    return 0 if same and one else 1


if __name__ == "__main__":
    sys.exit(main())
