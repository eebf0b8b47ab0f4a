#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Everything: installs what is missing, builds into build/, runs all tests. The last line is
# `N passed, N failed, N skipped`, summed over all configurations; the exit status is 0 only if nothing failed.
#
# Tests that need protection keys run on two kernels in the virtual machine, each as root and as an ordinary user, and
# natively as well where the CPU has them. A machine that cannot be had is a failure, never a skip.
set -u
cd "$(dirname "$0")/.." || exit 1

build=$PWD/build
results=$build/test-results
logs=$results/logs
jobs=$(nproc)
kernels='6.12 6.1'
users='0 1000'
expected=

# Ends early, with the line that every run ends with.
give_up() {
    echo "run.sh: $1" >&2
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
}

# lit_suite NAME PARAMETERS...: runs lit and keeps its results as NAME.json.
lit_suite() {
    name=$1
    shift
    echo "== lit: $name"
    /usr/bin/python3 "$lit" -v -j "$jobs" -o "$results/$name.json" "$@" "$build/test" >"$logs/$name.log" 2>&1 ||
        sed -n '/^\*\** TEST .* FAILED/,/^\*\**$/p' "$logs/$name.log"
    grep -E '^  [A-Z][a-z ]*: |^lit\.py: |^(error|fatal): ' "$logs/$name.log"
}

# In a machine that serves this kernel's whole run.
vm_suites() {
    kernel=$1
    test/vm/pkuvm serve --kernel "$kernel" --watch $$ || echo "run.sh: no machine with kernel $kernel"
    for user in $users; do
        lit_suite "$kernel-$user" --param suite=pku --param "kernel=$kernel" --param "user=$user"
    done
    if ! test/vm/pkuvm status --kernel "$kernel"; then
        echo "run.sh: the machine with kernel $kernel did not live to the end of its run"
        rm -f "$results/$kernel-0.json"
    fi
    test/vm/pkuvm stop --kernel "$kernel"
}

echo "== set-up"
sh test/setup.sh tests || give_up "set-up failed"
echo "== build"
cmake --preset default || give_up "configuring failed"
cmake --build --preset default -j "$jobs" || give_up "the build failed"

rm -rf "$results"
rm -rf "$build"/test/out/*/attack/outcomes
mkdir -p "$logs"
lit=$(sed -n 's/^MPKGATE_LIT:FILEPATH=//p' "$build/CMakeCache.txt")
# Machines of this run alone: nothing that another run serves or stops.
PKUVM_DIR=$(mktemp -d /tmp/pkuvm-run-XXXXXX) || give_up "no temporary folder"
PKUVM_INIT=$build/test/vm/vminit
export PKUVM_DIR PKUVM_INIT
trap 'test/vm/pkuvm stop 2>/dev/null; rm -rf "$PKUVM_DIR"' EXIT
trap 'exit 130' INT TERM HUP
test/vm/pkuvm fetch || echo "run.sh: no kernels"
sh test/sarif/install.sh "$build/sarif" || echo "run.sh: no validator of SARIF"

echo "== unit tests"
ctest --test-dir "$build/test" --output-on-failure --no-tests=ignore --timeout 300 -j "$jobs" \
    --output-junit "$results/unit.xml" >"$logs/unit.log" 2>&1 || cat "$logs/unit.log"
expected="$results/unit.xml"
lit_suite host --param suite=host
expected="$expected $results/host.json"
for kernel in $kernels; do
    vm_suites "$kernel"
    for user in $users; do
        expected="$expected $results/$kernel-$user.json"
    done
done
/usr/bin/python3 test/attacks-table.py --check test/ATTACKS.md --result "$results/attacks.json" "$build/test/out"
expected="$expected $results/attacks.json"
if test/vm/pkuvm has-pku; then
    for user in $users; do
        # A machine opens the way to the build folder; the host's own modes are not ours to change.
        if ! test/vm/pkuvm run --user "$user" -- test -r "$build/build.ninja"; then
            echo "== no native run as user $user, who may not enter $build; the virtual machine's runs stand alone"
            continue
        fi
        lit_suite "native-$user" --param suite=pku --param kernel=native --param "user=$user"
        expected="$expected $results/native-$user.json"
    done
else
    echo "== this CPU has no protection keys: no native run, the virtual machine's runs stand alone"
fi

echo "== summary"
# Word splitting is wanted: a list of files.
# shellcheck disable=SC2086
/usr/bin/python3 test/tally.py $expected
