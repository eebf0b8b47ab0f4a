#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# install.sh FOLDER: puts the outside validator of SARIF, in the version and with the checksums of package-lock.json, into
# FOLDER, by npm, unless it is there already. It needs neither npm nor node to run: FOLDER/validate is a program.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=${1:?usage: install.sh FOLDER}

if [ -x "$folder/validate" ] && cmp -s "$here/package-lock.json" "$folder/package-lock.json"; then
    echo "sarif: the validator is installed"
    exit 0
fi
rm -rf "$folder"
mkdir -p "$folder"
cp "$here/package.json" "$here/package-lock.json" "$folder"
# Its install scripts do nothing but chmod.
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund; then
    rm -rf "$folder"
    echo "sarif: npm could not install the validator" >&2
    exit 1
fi
chmod u+x "$folder/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
ln -s node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool "$folder/validate"
