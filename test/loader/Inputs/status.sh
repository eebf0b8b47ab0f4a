#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# status.sh STATUS COMMAND...: succeeds if the command ends with exactly that status.
expected=$1
shift
"$@"
status=$?
test "$status" -eq "$expected" && exit 0
echo "status.sh: status $status, expected $expected: $*" >&2
exit 1
