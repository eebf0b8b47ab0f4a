#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# minimise.sh TARGET [BYTES]: after a run of run.sh, replaces the tree's corpus of a target by the fewest inputs that still
# cover what the old corpus and the run's covered together, and of these by the smallest ones that fit into BYTES (40000).
# Inputs called regression-* are kept: each once broke something.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
limit=${2-40000}
build=$here/../../build
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/all" "$work/few"
for folder in "$here/corpus/$target" "$build/fuzz/$target-libfuzzer/corpus" "$build/fuzz/$target-afl/corpus"; do
    [ ! -d "$folder" ] || find "$folder" -type f -size -33 -exec cp {} "$work/all" \;
done
"$build/bin/fuzz-$target" -merge=1 "$work/few" "$work/all" >"$work/log" 2>&1
find "$here/corpus/$target" -type f ! -name 'regression-*' -delete
size=0
for file in $(find "$work/few" -type f -printf '%s %p\n' | sort -n | cut -d' ' -f2); do
    size=$((size + $(stat -c %s "$file")))
    [ "$size" -le "$limit" ] || break
    cp "$file" "$here/corpus/$target/$(sha1sum "$file" | cut -c1-16)"
done
echo "$target: $(find "$here/corpus/$target" -type f | wc -l) inputs of $(find "$work/few" -type f | wc -l)," \
    "$(du -cb "$here/corpus/$target"/* | tail -n 1 | cut -f1) bytes"
