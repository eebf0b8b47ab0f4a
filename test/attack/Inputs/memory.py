#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""memory.py [SOFT HARD] COMMAND...: what trusted memory of a sealed process is made of, seen from outside, which takes root.

COMMAND says "ready" when it is sealed and waits for the end of its input. With SOFT and HARD it runs as user 1000, whose
RLIMIT_MEMLOCK they are, in KiB."""

import os
import re
import resource
import subprocess
import sys

LIMIT = 1 << 40
USER = 1000


def restrict(soft, hard):
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (soft << 10, hard << 10))
    os.setgroups([])
    os.setgid(USER)
    os.setuid(USER)


def mappings(pid):
    """(name, fields) of each mapping below LIMIT with rights."""
    result = []
    with open(f"/proc/{pid}/smaps", encoding="ascii") as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-[0-9a-f]+ (\S+) \S+ \S+ \d+ *(.*)", line)
            if head:
                result.append((int(head[1], 16), head[2], head[3], {}))
            else:
                name, value = line.split(":", 1)
                result[-1][3][name] = value.strip()
    return [(rights, name, fields) for start, rights, name, fields in result if start < LIMIT and rights != "---p"]


def main():
    arguments, limits = sys.argv[1:], None
    if arguments[0].isdigit():
        limits, arguments = (int(arguments[0]), int(arguments[1])), arguments[2:]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               preexec_fn=lambda: limits and restrict(*limits))
    while (line := process.stdout.readline()) and line != b"ready\n":
        continue
    trusted = mappings(process.pid)
    keys = [(name, fields) for _, name, fields in trusted if fields["ProtectionKey"] == "1"]
    for name, fields in keys:
        if "secretmem" in name:  # never swapped, whatever the flags say
            print("key memory: secret")
        else:
            print(f"key memory: {name or 'anonymous'}, {'locked' if 'lo' in fields['VmFlags'].split() else 'not locked'}")
    for flag, what in (("dc", "not for forked processes"), ("dd", "not for core files")):
        count = sum(flag in fields["VmFlags"].split() for _, _, fields in trusted)
        print(f"trusted memory {what}:", "all of it" if count == len(trusted) > 8 else f"{count} of {len(trusted)} mappings")
    with open(f"/proc/{process.pid}/limits", encoding="ascii") as file:
        print("the program's own limit:", *[line.split()[3] for line in file if line.startswith("Max locked memory")])
    process.stdin.close()
    print(f"status {process.wait()}")


if __name__ == "__main__":
    main()
