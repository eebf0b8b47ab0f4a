#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# compare-options.py HELP TOOL-FOLDER: compares what --help, the manual page and the completions say.

import os
import re
import sys

folder = sys.argv[2]


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


manual = re.findall(r"^\.It Fl (.*)$", read(folder, "mpk-rewrite.1"), re.MULTILINE)
options = {
    "help": set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", read(sys.argv[1]), re.MULTILINE)),
    "manual": {"--" + name for item in manual for name in re.findall(r"-([a-z][a-z-]+)", item)},
    "bash": set(re.search(r"local options='([^']*)'", read(folder, "completions/mpk-rewrite.bash"))[1].split()),
    "zsh": set(re.findall(r"(?<![ (])--[a-z][a-z-]*(?==?[\[}])", read(folder, "completions/_mpk-rewrite"))),
}
differences = 0
for place, found in options.items():
    missing, unknown = sorted(options["help"] - found), sorted(found - options["help"])
    if missing or unknown:
        print(f"{place}: missing {missing}, unknown {unknown}")
        differences += 1
print("options:", len(options["help"]))
print("differences:", differences)
sys.exit(differences > 0)
