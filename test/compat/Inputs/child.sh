#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# child.sh OUTPUT COMMAND...: becomes the command, with a child that ends with status 3 when the command has said "ready".
output=$1
shift
rm -f "$output"
(
    until grep -qs ready "$output"; do
        sleep 0.1
    done
    sleep 0.5 # into its wait
    exit 3
) &
exec "$@" >"$output" 2>&1
