#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# terminal.py colour|progress MPK-VERIFY FILE: how mpk-verify behaves on a pseudo-terminal, and elsewhere.

import os
import pty
import re
import subprocess
import sys

verify, name = sys.argv[2:]
SEQUENCE = re.compile(rb"\x1b\[[0-9;]*[mK]")


def run(stream, on_terminal, arguments, **environment):
    """What the command writes to stream ("stdout" or "stderr"), a terminal or a pipe."""
    variables = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TERM")}
    variables.update({"TERM": "xterm", **environment})
    other = {"stdout": "stderr", "stderr": "stdout"}[stream]
    reader, writer = pty.openpty() if on_terminal else os.pipe()
    command = subprocess.Popen([verify, *arguments], env=variables, **{stream: writer, other: subprocess.DEVNULL})
    os.close(writer)
    output = b""
    while True:
        try:
            part = os.read(reader, 65536)
        except OSError:  # a terminal without writers
            break
        if not part:
            break
        output += part
    os.close(reader)
    assert command.wait() in (0, 1)
    return output.replace(b"\r\n", b"\n")


def colour():
    plain = run("stdout", False, [name])

    def case(label, on_terminal, *options, **environment):
        output = run("stdout", on_terminal, [*options, name], **environment)
        found = "coloured" if b"\x1b" in output else "plain"
        same = ", same text" if found == "coloured" and SEQUENCE.sub(b"", output) == plain else ""
        print(f"{label}: {found}{same}")

    case("file", False)
    case("file, always", False, "--color=always")
    case("file, always, NO_COLOR", False, "--color=always", NO_COLOR="1")
    case("file, always, json", False, "--color=always", "--json")
    case("file, always, sarif", False, "--color=always", "--sarif")
    case("terminal", True)
    case("terminal, NO_COLOR empty", True, NO_COLOR="")
    case("terminal, NO_COLOR", True, NO_COLOR="1")
    case("terminal, TERM=dumb", True, TERM="dumb")
    case("terminal, never", True, "--color=never")
    case("terminal, summary", True, "--summary")


def progress():
    # So many that the work takes longer than the first line of progress waits.
    os.mkdir("many")
    for number in range(500):
        os.link(name, f"many/\x1b[31m{number}")

    def case(label, on_terminal, *options):
        output = run("stderr", on_terminal, ["--policy", "main", "--jobs", "1", *options, "many"])
        lines = re.findall(rb"\r\[\d+/500\] many/\?\[31m\d+\x1b\[K", output)
        rest = re.sub(rb"\r\[\d+/500\] many/\?\[31m\d+\x1b\[K|\r\x1b\[K", b"", output)
        taken = ", taken away" if output.endswith(b"\r\x1b[K") else ""
        print(f"{label}: {'progress' if lines else 'nothing'}{taken}" + (f", and {rest}" if rest else ""))

    case("terminal", True)
    case("terminal, no-progress", True, "--no-progress")
    case("terminal, quiet", True, "--quiet")
    case("file", False)


{"colour": colour, "progress": progress}[sys.argv[1]]()
