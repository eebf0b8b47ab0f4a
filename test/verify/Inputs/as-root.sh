#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Runs a command as root: of the machine, or of a new user namespace.
if [ "$(id -u)" -eq 0 ]; then
    exec "$@"
fi
exec unshare --user --map-root-user "$@"
