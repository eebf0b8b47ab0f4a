# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# For the demo.sh of examples, whose arguments are [BUILD WORK [RUNNER...]], to read in: from $root sets $build and $work, a
# folder of its own that goes at the end if none is given, and $runner, what stands before a command that needs protection keys.
build=$(cd "${1-$root/build}" && pwd)
if [ $# -ge 2 ]; then
    work=$2
    shift 2
else
    work=$(mktemp -d "$build/demo-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    set --
fi
if [ $# -gt 0 ]; then
    runner="$*"
else
    PKUVM_INIT=$build/test/vm/vminit
    export PKUVM_INIT
    runner="$root/test/vm/pkuvm run --timeout 0 --share $build --scratch $work --"
fi
