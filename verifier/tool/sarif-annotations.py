#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns SARIF of mpk-verify into workflow commands, which GitHub and Forgejo show beside the code.

usage: sarif-annotations.py [REPORT.sarif...]        (standard input without arguments)

Each result becomes a line
    ::error file=src/sign.c,line=12,title=MPK001::bin/main: WRPKRU (0f 01 ef) in an executable page. Remedy: ...
that points to the source line where the report knows one, and else to the binary. Files that could not be checked become
errors too. The exit status is 0, or 2 if a report cannot be read."""

import json
import sys
import urllib.parse

LEVELS = {"error": "error", "warning": "warning", "note": "notice", "none": "notice"}


def escape(text, more=""):
    """As the workflow commands want it, so that no name in a report can begin a command of its own."""
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def path_of(location):
    uri = location.get("physicalLocation", {}).get("artifactLocation", {}).get("uri", "")
    path = urllib.parse.unquote(urllib.parse.urlsplit(uri).path, errors="replace")
    return "".join(c if c.isprintable() else "?" for c in path)


def line_of(location):
    return location.get("physicalLocation", {}).get("region", {}).get("startLine")


def command(level, location, title, text):
    properties = []
    if path_of(location):
        properties.append("file=" + escape(path_of(location), ":,"))
    if line_of(location):
        properties.append(f"line={int(line_of(location))}")
    properties.append("title=" + escape(title, ":,"))
    return f"::{LEVELS.get(level, 'warning')} {','.join(properties)}::{escape(text)}"


def of_result(result):
    binary = (result.get("locations") or [{}])[0]
    sources = [related for related in result.get("relatedLocations", []) if line_of(related)]
    text = f"{path_of(binary)}: {result['message']['text']}"
    remedy = result.get("properties", {}).get("remedy")
    if remedy:
        text += f" Remedy: {remedy}."
    return command(result.get("level", "warning"), (sources or [binary])[0], result["ruleId"], text)


def of_notification(notification):
    location = (notification.get("locations") or [{}])[0]
    text = f"{path_of(location) or 'mpk-verify'}: could not be checked: {notification['message']['text']}"
    return command(notification.get("level", "error"), location, notification["descriptor"]["id"], text)


def commands(report):
    for run in report["runs"]:
        yield from (of_result(result) for result in run.get("results", []))
        for invocation in run.get("invocations", []):
            yield from map(of_notification, invocation.get("toolExecutionNotifications", []))


def main():
    for name in sys.argv[1:] or ["-"]:
        try:
            with open(0 if name == "-" else name, encoding="utf-8") as stream:
                lines = list(commands(json.load(stream)))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            print(f"sarif-annotations: {name}: is no SARIF report of mpk-verify: {error!r}", file=sys.stderr)
            sys.exit(2)
        for line in lines:
            print(line)


if __name__ == "__main__":
    main()
