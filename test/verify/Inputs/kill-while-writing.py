#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# kill-while-writing.py MPK-VERIFY REPORT FIFO: ends mpk-verify by SIGTERM while it has its report open and waits for its list.

import os
import signal
import subprocess
import sys

verify, report, fifo = sys.argv[1:]
# The list never ends: mpk-verify waits for it after it has opened everything else.
run = subprocess.Popen([verify, "-o", report, "@" + fifo], start_new_session=True)
with open(fifo, "w", encoding="ascii"):
    while True:  # ends with mpk-verify, at the latest when lit ends both
        beside = [name for name in os.listdir(".") if name.startswith(report + ".")]
        if beside or run.poll() is not None:
            break
    run.send_signal(signal.SIGTERM)
    status = run.wait()
assert beside, "the report was not written beside its place"
assert status == -signal.SIGTERM, status
