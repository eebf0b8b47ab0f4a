#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# check-json.py REPORT NEW: checks a report of forms.c, whose patterns are all taken out: its counts, and that the bytes it shows
# as those of afterwards lie in the new file.

import json
import sys

with open(sys.argv[1], encoding="ascii") as file:
    report = json.load(file)
with open(sys.argv[2], "rb") as file:
    new = file.read()
assert report["tool"]["name"] == "mpk-rewrite"
assert report["exit_status"] == 0
assert report["patterns_before"] == len(report["sites"]) == 47
assert report["patterns_after"] == 0
assert bytes.fromhex(report["build_id"]["new"]) in new
assert report["build_id"]["old"] != report["build_id"]["new"]
for site in report["sites"]:
    assert site["action"] in {"re-encoded", "split", "moved", "beside"}, site
    assert site["class"] in {"immediate", "displacement", "modrm-sib", "mixed", "spanning"}, site
    assert site["section"] == ".text" and site["symbol"] and site["text"], site
    assert any("01ef" in line["bytes"] or "ae" in line["bytes"] for line in site["before"]), site
    assert (site["action"] == "beside") == (not site["after"]), site
    assert all(bytes.fromhex(line["bytes"]) in new for line in site["after"]), site
