#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# patch.sh SOURCE FOLDER PATCH...: copies the parts of the Mbed TLS tree SOURCE that the vault is built from to FOLDER and
# applies the patches, in this order. Each must fit exactly. A FOLDER that is made of the same already stays untouched, so that
# nothing is compiled again.
set -eu
source=$1
folder=$2
shift 2

fail() {
    echo "patch.sh: $1" >&2
    echo "hint: $source must be Mbed TLS 2.28.3 as Debian's source package has it, without changes" >&2
    exit 1
}

command -v patch >/dev/null || fail 'patch is missing; run: sh test/setup.sh'
[ -f "$source/library/psa_crypto.c" ] || fail "$source is no Mbed TLS source tree"
wanted=$({ cat "$@" && cd "$source" && find library include -type f -name '*.[ch]' | LC_ALL=C sort | xargs cat; } | sha256sum)
if [ -f "$folder/made-of" ] && [ "$(cat "$folder/made-of")" = "$wanted" ]; then
    exit 0
fi

scratch=$folder.new
rm -rf "$scratch"
mkdir -p "$scratch"
cp -R "$source/library" "$source/include" "$scratch/"
for patch in "$@"; do
    said=$(patch -d "$scratch" -p1 -N --fuzz=0 --no-backup-if-mismatch <"$patch") || fail "$patch does not fit: $said"
    case $said in
    *offset* | *fuzz*) fail "$patch fits, but not exactly: $said" ;;
    esac
done
echo "$wanted" >"$scratch/made-of"
rm -rf "$folder"
mv "$scratch" "$folder"
