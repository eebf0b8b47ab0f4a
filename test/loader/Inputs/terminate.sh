#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# terminate.sh OUTPUT COMMAND...: starts it, sends SIGTERM as soon as it has said "ready", and succeeds if it ends by
# that signal.
output=$1
shift
rm -f "$output" # an earlier run's "ready" must not count
"$@" >"$output" 2>&1 &
process=$!
until grep -qs ready "$output"; do
    kill -0 "$process" || exit 1
    sleep 0.1
done
kill -TERM "$process"
wait "$process"
test $? -eq 143
