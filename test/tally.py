#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Adds up result files: tally.py FILE..., lit's JSON (*.json) or ctest's JUnit XML (*.xml).

Every file named must exist: a run that left no results is a failure. Prints failed and skipped tests with reasons, then
one line `N passed, N failed, N skipped`. Exit status 1 if anything failed or nothing passed."""

import collections
import json
import os
import re
import sys
import xml.etree.ElementTree

PASSED = {"PASS", "FLAKYPASS"}
SKIPPED = {"UNSUPPORTED", "SKIPPED"}
# Not chosen at all, so neither run nor skipped.
IGNORED = {"EXCLUDED"}


def lit_results(path):
    """Yields (name, verdict, why). XFAIL is a failure: this suite has no test that is expected to fail."""
    with open(path, encoding="utf-8") as file:
        tests = json.load(file)["tests"]
    for test in tests:
        code = test["code"]
        if code in IGNORED:
            continue
        verdict = "passed" if code in PASSED else "skipped" if code in SKIPPED else "failed"
        reason = re.search(r"Test requires .*|Test is unsupported .*|Test does not support .*", test.get("output", ""))
        yield test["name"], verdict, reason.group(0) if reason else code


def ctest_results(path):
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        status = case.get("status")
        verdict = "passed" if status == "run" else "skipped" if status in ("notrun", "disabled") else "failed"
        yield case.get("name"), verdict, status


def main(paths):
    counts = collections.Counter()
    for path in paths:
        try:
            results = list((ctest_results if path.endswith(".xml") else lit_results)(path))
        except (OSError, ValueError, KeyError, xml.etree.ElementTree.ParseError) as error:
            results = [(os.path.basename(path), "failed", f"this part of the suite did not run: {error}")]
        for name, verdict, why in results:
            counts[verdict] += 1
            if verdict != "passed":
                print(f"{verdict}: {name}: {why}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
