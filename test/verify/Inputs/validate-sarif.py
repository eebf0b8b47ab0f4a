#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# validate-sarif.py VALIDATOR REPORT...: fails if the outside validator (test/sarif) has an error or a warning, or is missing.
# Its notes are advice that does not fit: help pages on the web, whole files embedded, version control, relative paths only.

import os
import re
import subprocess
import sys

validator, reports = sys.argv[1], sys.argv[2:]
if not os.access(validator, os.X_OK):
    sys.exit(f"{validator} is missing: sh test/sarif/install.sh {os.path.dirname(validator)}")
for report in reports:
    with open(report, "rb") as file:
        file.read().decode("ascii")
run = subprocess.run([validator, "validate", *reports, "--level", "Error;Warning", "--kind", "Fail"],
                     env=dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1"), check=False, text=True,
                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
faults = re.findall(r"\): (?:error|warning) ", run.stdout)
print(run.stdout)
print(f"{len(faults)} faults, status {run.returncode}")
complete = f"Done. {len(reports)} files scanned." in run.stdout and "Analysis completed successfully." in run.stdout
sys.exit(len(faults) > 0 or run.returncode != 0 or not complete)
