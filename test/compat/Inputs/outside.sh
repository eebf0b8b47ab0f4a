#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# outside.sh OUTPUT SIGNAL COMMAND...: starts it, sends the signal as soon as it has said "ready", and appends its exit
# status to what it printed.
output=$1 signal=$2
shift 2
rm -f "$output"
"$@" >"$output" 2>&1 &
process=$!
until grep -qs ready "$output"; do
    kill -0 "$process" || break
    sleep 0.1
done
sleep 0.5 # into its wait
kill -s "$signal" "$process"
wait "$process"
echo "status $?" >>"$output"
