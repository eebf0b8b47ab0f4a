#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# any-name.py MPK-VERIFY PROGRAM FOLDER: fills the folder with copies (links) of the program whose names are all sorts of
# good and bad UTF-8, and compares what the reports say of them with what Python's decoder says.

import json
import os
import re
import subprocess
import sys

verify, program, folder = sys.argv[1], sys.argv[2], os.fsencode(sys.argv[3])
CONTROLS = r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]"
PARTS = [bytes([first]) for first in range(1, 256) if first != ord("/")]
PARTS += [bytes([first, second]) for first in (0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xf0) for second in (0x7f, 0x80, 0xbf, 0xc0)]
PARTS += [text.encode("utf-8", "surrogatepass") for text in
          "\u007f\u0080\u07ff\u0800\ud7ff\ud800\udfff\ue000\uffff\U00010000\U0010ffff\u202e\u2066\u200e\u2028"]
PARTS += [b"\xe0\x80\x80", b"\xe0\x9f\xbf", b"\xf0\x80\x80\x80", b"\xf0\x8f\xbf\xbf", b"\xf4\x90\x80\x80",
          b"\xf5\x80\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98", b"\x80\x80", b"\xfe\xff"]
names = sorted({b"n" + part + b"m" for part in PARTS} | {b"n" + part for part in PARTS})


def decode(name):
    text = name.decode("utf-8", "surrogateescape")
    return re.sub("[\udc80-\udcff]", "\ufffd", text)


def clean(name):
    text = name.decode("utf-8", "surrogateescape")
    return re.sub(CONTROLS + "|[\udc80-\udcff]", "?", text)


for name in names:
    os.link(program, os.path.join(folder, name))
report = json.loads(subprocess.run([verify, "--json", "."], cwd=folder, check=True, capture_output=True).stdout)
text = subprocess.run([verify, "--policy", "main", "."], cwd=folder, check=True, capture_output=True).stdout
lines = text.decode("utf-8").splitlines()[:-1]
paths = [b"./" + name for name in names]
differences = 0
for path, file, line in zip(paths, report["files"], lines, strict=True):
    is_bad = "\ufffd" in decode(path)
    good = (file["path"] == decode(path) and ("path_hex" in file) == is_bad and
            bytes.fromhex(file.get("path_hex", path.hex())) == path and
            line == clean(path) + ": clean, as a client program")
    if not good:
        print(path, file, line)
    differences += not good
print("names:", len(names))
print("not UTF-8:", sum("path_hex" in file for file in report["files"]))
print("differences:", differences)
