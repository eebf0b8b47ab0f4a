#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# compare-sarif.py SARIF JSON: compares two reports of mpk-verify about the same files.

import json
import os
import sys
import urllib.parse

with open(sys.argv[1], encoding="ascii") as file:
    sarif = json.load(file)
with open(sys.argv[2], encoding="ascii") as file:
    report = json.load(file)
run, = sarif["runs"]
rules = run["tool"]["driver"]["rules"]
invocation, = run["invocations"]
differences = []


def expect(what, found, expected):
    if found != expected:
        differences.append(f"{what}: {found!r}, not {expected!r}")


def path_of(uri):
    parts = urllib.parse.urlsplit(uri)
    expect("scheme", parts.scheme, "file" if parts.path.startswith("/") else "")
    expect("rest", (parts.netloc, parts.query, parts.fragment), ("", "", ""))
    return urllib.parse.unquote_to_bytes(parts.path)


def name_of(file, key):
    return bytes.fromhex(file[key + "_hex"]) if key + "_hex" in file else file[key].encode()


def artifact_of(location):
    artifact = run["artifacts"][location["index"]]
    expect("artifact", artifact["location"]["uri"], location["uri"])
    names = [path_of(location["uri"])]
    if "parentIndex" in artifact:
        names.insert(0, path_of(run["artifacts"][artifact["parentIndex"]]["location"]["uri"]))
    return names


def sentence(clause):
    return clause[:1].upper() + clause[1:] + "."


def compare_result(result, file, finding):
    location, = result["locations"]
    place = location["physicalLocation"]
    logical = {entry["kind"]: entry["name"] for entry in location.get("logicalLocations", [])}
    region = place["region"]
    names = [name_of(file, key) for key in ("path", "member") if key in file]
    expect("artifact", artifact_of(place["artifactLocation"]), names)
    expect("rule", (result["ruleId"], rules[result["ruleIndex"]]["id"]), (finding["rule"], finding["rule"]))
    expect("level", result["level"], finding["severity"])
    expect("message", result["message"]["text"].lower(), sentence(finding["text"]).lower())
    expect("offset", region["byteOffset"], int(finding.get("offset", "0x0"), 16))
    expect("size", region.get("byteLength"), finding.get("size") if "offset" in finding else None)
    expect("address", place.get("address", {}).get("relativeAddress"),
           int(finding["address"], 16) if "address" in finding else None)
    expect("function", logical.get("function"), finding.get("symbol", {}).get("name"))
    expect("section", logical.get("section"), finding.get("section", {}).get("name"))
    expect("remedy", result["properties"]["remedy"], finding["remedy"])
    expect("class", result["properties"].get("class"), finding.get("class"))
    for related in result.get("relatedLocations", []):
        source = related["physicalLocation"]
        line = f"{path_of(source['artifactLocation']['uri']).decode()}:{source['region']['startLine']}"
        expect("source", line, finding.get("source"))
    expect("has source", "relatedLocations" in result, "source" in finding)


findings = [(file, finding) for file in report["files"] for finding in file["findings"]]
expect("results", len(run["results"]), len(findings))
for result, (file, finding) in zip(run["results"], findings):
    compare_result(result, file, finding)
failures = [file for file in report["files"] if file["verdict"] == "not checked"]
notifications = invocation["toolExecutionNotifications"]
expect("notifications", len(notifications), len(failures))
for notification, file in zip(notifications, failures):
    location = notification["locations"][0]["physicalLocation"]["artifactLocation"]
    expect("not checked", artifact_of(location), [name_of(file, "path")])
    expect("why", notification["message"]["text"], sentence(file["why"]))
expect("exit code", invocation["exitCode"], report["exit_status"])
expect("successful", invocation["executionSuccessful"], report["exit_status"] != 2)
relative = [file for file in report["files"] if not file["path"].startswith("/")]
assert len(relative) < len(report["files"]) and os.path.isabs(report["files"][-2]["path"])
print(*differences, sep="\n")
print("results:", len(run["results"]))
print("not checked:", len(notifications))
print("relative:", len(relative))
print("with source lines:", sum("relatedLocations" in result for result in run["results"]))
print("differences:", len(differences))
