#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# build.sh PASS SOURCE_ROOT SOURCE OUTPUT: a program that runs with and without the seal. It has a gate, or mpk-run would
# refuse it.
exec clang -O1 -D_GNU_SOURCE -pthread -fPIE -pie -fpass-plugin="$1" -I"$2/llvm-pass/include" -I"$2/libvault/include" \
    -Wno-deprecated-declarations "$3" "$2/test/compat/Inputs/gate.c" -Wl,-z,relro,-z,now,-z,separate-code -o "$4"
