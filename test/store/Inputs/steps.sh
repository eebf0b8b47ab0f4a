#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# steps.sh BIN LIB CLIENT FILE: sources FILE in a new folder, where `store` is an empty store and `key` a store key.
#   client COMMAND...           runs the client with the store, and prints how it ended
#   with OPTION... -- COMMAND...  the same with other options of the store
bin=$1 lib=$2 program=$3 steps=$4
exec 2>&1
folder=$(mktemp -d /tmp/store-XXXXXX) && cd "$folder" || exit 1
trap 'cd / && rm -rf "$folder"' EXIT
mkdir -m 700 store
head -c 32 /dev/urandom >key
mpk_run=$bin/mpk-run

with() {
    options=
    while [ "$1" != -- ]; do
        options="$options $1"
        shift
    done
    shift
    # shellcheck disable=SC2086
    "$mpk_run" --quiet --vault "$lib/vault-test.so" $options -- "$program" "$@"
    echo "status $?"
}

client() {
    with --store store --store-key key -- "$@"
}

# flip FILE OFFSET: changes one bit.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "\\$(printf %o $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

. "$steps"
