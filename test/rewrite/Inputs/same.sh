#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# same.sh MPK-REWRITE MPK-VERIFY PROGRAM [OPTION...]: rewrites PROGRAM (which must have patterns) into PROGRAM.new, prints the
# report with all changes, and shows that the new file has no pattern, that mpk-verify takes it for a client's program, and that
# both, started without arguments, write the same and end with the same status.
set -eu
rewrite=$1 verify=$2 program=$3
shift 3
"$rewrite" --diff "$@" "$program" -o "$program.new"
if "$verify" --quiet --policy main "$program"; then
    echo "same.sh: $program has no pattern to begin with" >&2
    exit 1
fi
"$verify" --policy main "$program.new"
before=0
after=0
"$program" >"$program.before" 2>&1 || before=$?
"$program.new" >"$program.after" 2>&1 || after=$?
[ "$before" -lt 128 ]
[ "$before" -eq "$after" ]
cmp "$program.before" "$program.after"
echo "same output: $(wc -l <"$program.before") lines, status $before"
