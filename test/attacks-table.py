#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The table of attacks, from what the tests of test/attack recorded.

    attacks-table.py RESULTS > test/ATTACKS.md
    attacks-table.py --check test/ATTACKS.md --result FILE RESULTS

RESULTS is the folder of lit's output (build/test/out), with the runs 6.12-0, 6.12-1000, 6.1-0 and 6.1-1000 in it: kernel and
user. The catalogue is test/attack/catalogue.txt; what stops an attack is the line `# Stopped by:` of its test. Says what is
wrong on standard error, status 1: a catalogue entry without a row and without a reason, a test without an entry, a run
that is missing, an attack that succeeded although protected, and one that never succeeds unprotected without the
catalogue saying why. --check also compares with the committed table; --result writes all that for test/tally.py."""

import argparse
import collections
import difflib
import json
import pathlib
import re
import sys

TEST = pathlib.Path(__file__).resolve().parent
RUNS = ["6.12-0", "6.12-1000", "6.1-0", "6.1-1000"]
RUN_NAMES = {"6.12-0": "6.12 root", "6.12-1000": "6.12 user", "6.1-0": "6.1 root", "6.1-1000": "6.1 user"}
# Looks at the process or its start; makes no attack of its own.
NO_ATTACK = {"a04-gate-bytes-sees-a-broken-gate", "as-needed-drops-the-runtime",
             "fault-is-the-protection-keys", "kernel-is-a-second-belt", "key-memory-is-secret-or-locked", "no-wrpkru-after-the-pass",
             "only-the-gates-hold-wrpkru"}
HEAD = """# Attacks

Made by `test/attacks-table.py` from what the tests of `test/attack` did; not to be edited. Each attack runs without protection
and with it, on kernels 6.12 and 6.1 in the PKU virtual machine, as root and as user 1000. A row holds for all four where it
does not name some of them. "pkey" is the unprotected program with the key behind a plain protection key.

"""


class Entry:
    def __init__(self, number, title):
        self.number, self.title = number, title
        self.tests, self.see, self.none = [], [], []


def catalogue(path):
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        word, _, rest = line.partition(" ")
        if re.fullmatch(r"A\d+[a-d]?", word):
            entries.append(Entry(word, rest))
        else:
            {"+": entries[-1].tests, "see": entries[-1].see, "none": entries[-1].none}[word].append(rest)
    return entries


def number_of(test):
    """a09b-timer -> A9b; None for names without a number."""
    match = re.match(r"a(\d+)([a-d]?)-", test)
    return f"A{int(match[1])}{match[2]}" if match else None


def outcome(run):
    """(succeeded, text) of one recorded run."""
    text = re.sub(r"0x[0-9a-f]{3,}", "0x...", run["output"])
    attack = re.findall(r"^attack \S+ (succeeded|failed|cannot be tried): (.*)$", text, re.MULTILINE)
    refusal = re.findall(r"^(?:mpk-run: error|mpkgate): (.*)$", text, re.MULTILINE)
    finding = re.findall(r"\[(MPK\d+)\]", text)
    if attack:
        how, what = attack[-1]
        what = re.sub(r": [0-9a-f]{32,}", "", re.sub(r" \([A-Z][A-Za-z, -]*\)$", "", what))
        what = re.sub(r"\d+ (jumps|with|words|bytes of vector)", r"N \1", what)
        return how == "succeeded", re.sub(r"(/[^ /:]+)+/([^ /:]+\.so)", r"\2", what)
    if run["ending"].startswith("killed"):
        return False, run["ending"]
    if finding:
        return False, f"not started: {finding[0]}"
    if refusal:
        return False, "not started: " + re.sub(r"(/[^ /:]+)+/([^ /:]+)", r"\2", refusal[0])
    hostile = re.findall(r"^hostile .*ran.*$", text, re.MULTILINE)
    return bool(hostile), hostile[0] if hostile else run["ending"]


def load(folder, test):
    """{(run, side): [(succeeded, text), ...]}, plain before pkey, verified before not."""
    found = collections.defaultdict(list)
    for run in RUNS:
        for path in sorted((folder / run / "attack/outcomes").glob(f"{test}.test.*.json")):
            found[run, path.name.split(".")[-3]].append(json.loads(path.read_text(encoding="utf-8")))
    result = {}
    for key, records in found.items():
        records.sort(key=lambda record: (record["pkey"], not record["verified"], record["output"]))
        texts = []
        for record in records:
            succeeded, text = outcome(record)
            texts.append((succeeded, ("pkey: " if record["pkey"] and len(records) > 1 else "") + text))
        result[key] = texts
    return result


def stopped_by(test):
    match = re.search(r"^# Stopped by: (.*)$", (TEST / f"attack/{test}.test").read_text(encoding="utf-8"), re.MULTILINE)
    return match[1] if match else None


def cell(texts):
    return "; ".join(dict.fromkeys(text for _, text in texts)).replace("|", "\\|")


def rows(entry, test, results, problems):
    """Table rows of one test: one, or one for each group of runs that differ."""
    by_outcome = collections.defaultdict(list)
    mechanism = stopped_by(test)
    if mechanism is None:
        problems.append(f"{test}: its test has no line `# Stopped by:`")
    for run in RUNS:
        unprotected, protected = results.get((run, "unprotected")), results.get((run, "protected"))
        if not unprotected or not protected:
            problems.append(f"{test}: no {'protected' if unprotected else 'unprotected'} run on {RUN_NAMES[run]}")
            continue
        if any(succeeded for succeeded, _ in protected):
            problems.append(f"{test}: succeeded on {RUN_NAMES[run]}, protected")
        by_outcome[cell(unprotected), cell(protected)].append(run)
    can = any(succeeded for key, texts in results.items() if key[1] == "unprotected" for succeeded, _ in texts)
    if not can and not entry.none and test not in CANNOT:
        problems.append(f"{test}: never succeeds unprotected, and the catalogue does not say why")
    for (unprotected, protected), runs in by_outcome.items():
        where = "" if len(runs) == len(RUNS) else ", ".join(RUN_NAMES[run] for run in runs)
        yield f"| {entry.number} | {test} | {where} | {unprotected} | {protected} | {mechanism} |"


# Unprotected they fail too, and their tests say so: the state is fatal, or the kernel has no such thing.
CANNOT = {"a34-vsyscall", "a36-x32", "a41-poisoned-state"}


def table(folder, problems):
    entries = catalogue(TEST / "attack/catalogue.txt")
    tests = sorted(path.stem for path in (TEST / "attack").glob("*.test"))
    by_number = {entry.number: entry for entry in entries}
    for test in tests:
        entry = by_number.get(number_of(test))
        if entry is not None and test not in NO_ATTACK:
            entry.tests.append(test)
        elif test not in NO_ATTACK and not any(test in entry.tests for entry in entries):
            problems.append(f"{test}: of no entry of the catalogue")
    for number in range(1, 58):
        if f"A{number}" not in by_number:
            problems.append(f"A{number} is not in the catalogue")
    lines = ["| | attack | on | unprotected | protected | stopped by |", "|---|---|---|---|---|---|"]
    notes = []
    for entry in entries:
        if not entry.tests and not entry.see and not entry.none:
            problems.append(f"{entry.number}: neither test nor reason")
        for path in entry.see:
            if not (TEST.parent / path).exists():
                problems.append(f"{entry.number}: {path} does not exist")
        for test in sorted(set(entry.tests)):
            lines += rows(entry, test, load(folder, test), problems)
        for reason in entry.none:
            joint = "" if reason.split()[0] in ("of", "with", "that", "after") else ":"
            notes.append(f"- {entry.number}, {entry.title}: no attack program{joint} {reason}")
        if entry.see:
            notes.append(f"- {entry.number}, {entry.title}: " + ", ".join(f"`{path}`" for path in entry.see))
    return HEAD + "\n".join(lines) + "\n\n## Without a row, or shown elsewhere too\n\n" + "\n".join(notes) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--check", type=pathlib.Path, metavar="TABLE")
    parser.add_argument("--result", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()
    problems = []
    text = table(options.results, problems)
    if options.check:
        committed = options.check.read_text(encoding="utf-8") if options.check.exists() else ""
        if committed != text:
            problems.append(f"{options.check} is not what the tests say. Make it anew from this run and commit it: "
                            f"python3 test/attacks-table.py {options.results} > {options.check}")
            problems += difflib.unified_diff(committed.splitlines(), text.splitlines(), "committed", "this run", lineterm="", n=0)
    else:
        sys.stdout.write(text)
    for problem in problems:
        print(f"attacks-table.py: {problem}", file=sys.stderr)
    if options.result:
        test = {"name": "table of attacks", "code": "FAIL" if problems else "PASS", "output": "\n".join(problems)}
        options.result.write_text(json.dumps({"tests": [test]}), encoding="utf-8")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
