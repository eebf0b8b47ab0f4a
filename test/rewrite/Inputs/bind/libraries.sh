#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# libraries.sh FOLDER PASS INCLUDE: makes in FOLDER old/libasked.so.1, which a program was linked with, and gate/libgate.so.0, a client
# library with the same functions.
set -eu
here=$(dirname "$0")
mkdir "$1/old" "$1/gate"
clang -O1 -fPIC -shared -DWHO='"old"' -Wl,-soname,libasked.so.1 "$here/asked.c" -o "$1/old/libasked.so.1"
clang -O1 -fPIC -shared -DWHO='"gate"' -DGATES -fpass-plugin="$2" -I"$3" -Wl,-soname,libgate.so.0 "$here/asked.c" -o "$1/gate/libgate.so.0"
