#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# validate-json.py SCHEMA REPORT: fails unless the report fits the schema, its totals its files, and it is ASCII.

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
with open(sys.argv[2], encoding="ascii") as file:
    report = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
errors = list(jsonschema.Draft202012Validator(schema).iter_errors(report))
for error in errors:
    print(f"{error.json_path}: {error.message}", file=sys.stderr)
if errors:
    sys.exit(1)
files, totals = report["files"], report["totals"]
findings = [finding for file in files for finding in file["findings"]]
assert totals["checked"] == len(files)
for verdict, total in (("clean", "clean"), ("warnings", "with_warnings"), ("errors", "with_errors"),
                       ("not checked", "not_checked")):
    assert totals[total] == sum(file["verdict"] == verdict for file in files), total
for severity in ("error", "warning"):
    assert totals[severity + "s"] == sum(finding["severity"] == severity for finding in findings), severity
print("verdicts:", *sorted({file["verdict"] for file in files}))
print("members:", sum("member" in file for file in files))
