#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# odd-files.py INPUTS PLUGIN: makes files of every verdict, with odd names, in the working directory, and names them in ./list.

import os
import shutil
import subprocess
import sys

inputs, plugin = sys.argv[1:]


def clang(*arguments):
    subprocess.run(["clang", *arguments], check=True)


clang("-O1", "-fPIE", "-pie", f"-fpass-plugin={plugin}", "-Wl,-z,now", f"{inputs}/main.c", "-o", "clean")
clang("-c", "-O1", f"{inputs}/main.c", "-o", "warning.o")
clang("-c", f"{inputs}/pkey-set.s", "-o", "hit.o")
clang("-g", "-shared", "-Wl,-z,now,-z,separate-code", f"{inputs}/pkey-set.s", "-o", "hit.so")
subprocess.run(["llvm-ar", "rcD", "archive.a", "hit.o", "warning.o"], check=True)
with open("text", "w", encoding="ascii") as text:
    text.write("text\n")
with open("hit.so", "rb") as whole, open("truncated", "wb") as part:
    part.write(whole.read(200))
names = [b"clean", b"warning.o", b"archive.a", b"hit.so", b"text", b"truncated"]
for name in (b"space and 'quotes\".so", b"percent%41#frag?query=1&b[]{}|\\^`.so", b"co:lon.so", b"bytes\xff\xfe\xc0\xaf.so",
             b"escape\x1b[31m\x07.so", b"line\rfeed.so", "ünïcödé‮txt.so".encode(), b"-dash.so", b"c1\xc2\x9b31m.so",
             b"@at.so", b"%2e%2e%2fx.so"):
    shutil.copyfile(b"hit.so", name)
    names.append(name)
os.makedirs("deep/er", exist_ok=True)
shutil.copyfile("hit.so", "deep/er/hit.so")
names += [b"deep/er/hit.so", b"./deep/../hit.so", os.path.abspath(b"deep/er/hit.so"), b"missing\x01file"]
with open("list", "wb") as file:
    file.write(b"".join(name + b"\n" for name in names))
