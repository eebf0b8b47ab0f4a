#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# foreign-edits.sh MPK-RUN PROGRAM: changes what mpk-run keeps of a library, in $XDG_CACHE_HOME, before it runs PROGRAM.
set -u
run=$1 program=$2
work=$XDG_CACHE_HOME
folder=$work/mpkgate/rewrites

start() {
    echo "$1:"
    env XDG_CACHE_HOME="$2" "$run" --verbose --no-vault-needed -- "$program" 2>"$work/messages" >"$work/digest"
    status=$?
    sed -n 's/^mpk-run: cached edits of.*/&/p; s|.*/\(libnettle.*: runs from\)|\1|p' "$work/messages"
    echo "status $status"
    # The first one is right: another test sees to that.
    [ -f "$work/right" ] || cp "$work/digest" "$work/right"
    cmp "$work/digest" "$work/right" || echo "another digest"
}

start "first" "$work" >/dev/null
file=$(echo "$folder"/*)
cp "$file" "$work/good"
size=$(wc -c <"$file")
printf '\377' | dd of="$file" bs=1 seek=$((size - 40)) conv=notrunc 2>/dev/null
start "one byte changed" "$work"
head -c $((size - 16)) "$work/good" >"$file"
start "cut short" "$work"
cp "$work/good" "$file"
start "as they were" "$work"
start "no folder" "$work/digest"
