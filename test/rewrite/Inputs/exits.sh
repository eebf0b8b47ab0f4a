#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# exits.sh STATUS COMMAND...: succeeds if the command ends with exactly that status. A crash is no refusal.
expected=$1
shift
"$@"
status=$?
if [ "$status" -ne "$expected" ]; then
    echo "exits.sh: status $status, expected $expected: $*" >&2
    exit 1
fi
