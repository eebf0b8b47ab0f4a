#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# lean.sh LEAN-PROOF FOLDER: reads instructions, one a line, makes a library of each, and prints the instruction with what the
# proof says.
set -eu
while read -r instruction; do
    printf '.globl f\nf: %s\nret\n' "$instruction" >"$2/lean.s"
    clang -shared -nostdlib -Wl,-z,now,-z,separate-code "$2/lean.s" -o "$2/lean.so"
    printf '%s => %s\n' "$instruction" "$("$1" "$2/lean.so")"
done
