#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# preload.sh LIST COMMAND...: runs COMMAND with LIST as /etc/ld.so.preload (in a mount namespace of its own), and prints how it
# ended.
mount --bind "$1" /etc/ld.so.preload || exit 1
shift
"$@" 2>&1
echo "exit status $?"
