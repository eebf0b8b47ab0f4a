#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# validate-json.py SCHEMA REPORT...: fails unless the reports fit the schema, are ASCII, and count what their sites tell. Prints the
# actions in them.

import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
actions = set()
for path in sys.argv[2:]:
    with open(path, encoding="ascii") as file:
        report = json.load(file)
    errors = list(jsonschema.Draft202012Validator(schema).iter_errors(report))
    for error in errors:
        print(f"{path}: {error.json_path}: {error.message}", file=sys.stderr)
    if errors:
        sys.exit(1)
    patterns = [site for site in report["sites"] if "class" in site]
    assert report["patterns_before"] == len(patterns), path
    assert report["patterns_after"] == sum(site["action"] == "left" for site in patterns), path
    assert (report["exit_status"] == 0) == all(site["action"] != "left" for site in report["sites"]), path
    assert report["bound"] == sum(site["action"] == "bound" for site in report["sites"]), path
    actions |= {site["action"] for site in report["sites"]}
print("actions:", *sorted(actions))
