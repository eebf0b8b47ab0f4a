#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# meltdown.sh FILE STATUS COMMAND...: runs the command where the kernel says about Meltdown what FILE holds; as status.sh.
file=$1
shift
exec unshare --mount sh -c 'mount --bind "$1" /sys/devices/system/cpu/vulnerabilities/meltdown && shift && exec sh "$@"' \
    sh "$file" "$(dirname "$0")/status.sh" "$@"
