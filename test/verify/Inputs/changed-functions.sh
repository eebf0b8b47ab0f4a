#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# changed-functions.sh SOURCE-TREE FOLDER IMAGE: for each line `HEADER SED-COMMAND` of the standard input, what functions.py
# has against the image when that header is so changed; without the counts.
set -eu
source=$1
folder=$2
image=$3
while read -r header change; do
    rm -rf "$folder/headers"
    cp -r "$source/libvault/include" "$folder/headers"
    sed -i "$change" "$folder/headers/$header"
    if cmp -s "$source/libvault/include/$header" "$folder/headers/$header"; then
        echo "changes nothing: $change"
    fi
    if python3 "$source/libvault/functions.py" --include "$folder/headers" "$image" 2>&1 >"$folder/counts"; then
        echo "is not noticed: $change"
    fi
done
