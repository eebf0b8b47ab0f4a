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


usage, manual = read(sys.argv[1]), read(folder, "mpk-verify.1")
bash, zsh = read(folder, "completions/mpk-verify.bash"), read(folder, "completions/_mpk-verify")
manual_items = re.findall(r"^\.It Fl (.*)$", manual, re.MULTILINE)
options = {
    "help": set(re.findall(r"^  (?:-., |    )(--[a-z-]+)", usage, re.MULTILINE)),
    "manual": {"--" + name for item in manual_items for name in re.findall(r"-([a-z][a-z-]+)", item)},
    "bash": set(re.search(r"local options='([^']*)'", bash)[1].split()),
    "zsh": set(re.findall(r"--[a-z][a-z-]*(?==?[\[}])", zsh)),
}
letters = {
    "help": set(re.findall(r"^  (-.), --", usage, re.MULTILINE)),
    "manual": {"-" + item.removeprefix("\\&")[0] for item in manual_items if not item.startswith("-")},
    "zsh": {letter.replace("\\", "") for letter in re.findall(r"\{(-\\?.)\+?,--", zsh)},
}
policies = {
    "help": set(re.search(r"--policy=POLICY(.*?)--", re.sub(r"\s+", " ", usage))[1].replace("(", " (").split())
    & {"auto", "client", "main", "library", "system", "vault", "runtime"},
    "manual": set(re.findall(r"^\.It Cm (\w+)$", manual, re.MULTILINE)),
    "bash": set(re.search(r"--policy \| -p\)\s*mapfile -t COMPREPLY < <\(compgen -W '([^']*)'", bash)[1].split()),
    "zsh": set(re.search(r":policy:\(([^)]*)\)", zsh)[1].split()),
}
colours = {
    "help": {"always", "auto", "never"},
    "manual": set(re.findall(r"^\.Cm (always|never|auto)\b", manual, re.MULTILINE)),
    "bash": set(re.search(r"--color\)\s*mapfile -t COMPREPLY < <\(compgen -W '([^']*)'", bash)[1].split()),
    "zsh": set(re.search(r":when:\(([^)]*)\)", zsh)[1].split()),
}
differences = 0
for what, sets in (("options", options), ("letters", letters), ("policies", policies), ("colours", colours)):
    for place, found in sets.items():
        missing, unknown = sorted(sets["help"] - found), sorted(found - sets["help"])
        if missing or unknown:
            print(f"{place}: {what}: missing {missing}, unknown {unknown}")
            differences += 1
print("options:", len(options["help"]))
print("policies:", len(policies["help"]))
print("differences:", differences)
sys.exit(differences > 0)
