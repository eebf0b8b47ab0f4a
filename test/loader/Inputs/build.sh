#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# build.sh PASS SOURCE_ROOT OUTPUT [CLANG ARGUMENT]...: a protected client. SOURCE_ROOT: of MPKGate.
pass=$1 root=$2 output=$3
shift 3
exec clang -O1 -D_GNU_SOURCE -fPIE -pie -fpass-plugin="$pass" -I"$root/llvm-pass/include" -I"$root/libvault/include" \
    "$root/test/loader/Inputs/client.c" -Wl,-z,relro,-z,now,-z,separate-code "$@" -o "$output"
