#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# compare.sh MPK_RUN COMMAND...: runs it plainly and sealed, with every signal at its default, and prints what it printed.
# Succeeds if that and the exit status are the same.
mpk_run=$1
shift
plain=$(env --default-signal "$@" 2>&1; echo "status $?")
sealed=$(env --default-signal "$mpk_run" -- "$@" 2>&1; echo "status $?")
echo "$plain"
test "$plain" = "$sealed" && exit 0
echo "sealed, it is different:"
echo "$sealed"
exit 1
