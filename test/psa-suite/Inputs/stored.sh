#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# stored.sh MPK-RUN FOLDER PROGRAM...: runs the program under mpk-run, with exports allowed and a fresh store in FOLDER.
set -eu
run=$1 folder=$2
shift 2
umask 077
store=$(mktemp -d "$folder/store.XXXXXX")
key=$(mktemp "$folder/key.XXXXXX")
head -c 32 /dev/urandom >"$key"
exec "$run" --quiet --allow-key-export --store "$store" --store-key "$key" -- "$@"
