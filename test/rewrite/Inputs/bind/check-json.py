#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# check-json.py REPORT: checks a report of main.c, whose six ways to other functions are bound.

import json
import sys

with open(sys.argv[1], encoding="ascii") as file:
    report = json.load(file)
assert report["patterns_before"] == report["patterns_after"] == report["exit_status"] == 0
assert report["bound"] == len(report["sites"]) == 6
names = {"call", "slot", "tail", "condition", "data", "load"}
for site in report["sites"]:
    name = site["what"].rsplit("by_", 1)[1]
    names.remove(name)
    assert site["action"] == "bound", site
    assert site["bound"] == {"before": f"by_{name} of libasked.so.1", "after": f"gate of by_{name} in libgate.so.0"}, site
    assert site["before"] == site["after"] and len(site["before"]) == (name != "data"), site
    assert site["section"] == (".data" if name == "data" else ".text") and site["symbol"], site
assert not names
