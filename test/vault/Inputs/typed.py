# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""typed.py TEXT COMMAND...: runs the command on a terminal of its own, types TEXT once it is asked, and prints what it shows."""
import os
import pty
import sys

child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown = b""
typed = False
while True:
    try:
        piece = os.read(terminal, 1024)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if b": " in shown and b"phrase" in shown and not typed:
        os.write(terminal, sys.argv[1].encode() + b"\n")
        typed = True
_, status = os.waitpid(child, 0)
sys.stdout.write(shown.decode(errors="replace").replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
