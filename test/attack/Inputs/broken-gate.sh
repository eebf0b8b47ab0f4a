#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# broken-gate.sh BUILD FOLDER NAME: an mpk-run in FOLDER whose gates lack one defence: the runtime that
# verifier/runtime/CMakeLists.txt calls mpkgate-broken-NAME.
set -eu
rm -rf "$2"
mkdir -p "$2/bin" "$2/lib"
cp "$1/bin/mpk-run-test" "$2/bin"
cp "$1/broken/$3/libmpkgate.so" "$1/lib/libmpkgate-compat.so" "$2/lib"
chmod -R u=rwX,go=rX "$2"
