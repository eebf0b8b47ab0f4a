#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The main job of MPKGate from a fresh clone: set up, build, sign a file with a key that the signing program
# cannot read, and try to get at that key, without protection and with it (main-job.sh). Every result shown is
# what happened just now; anything that is not as it must be is marked and makes the exit status 1.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build
start=$(date +%s)

say() {
    printf '%s\n' "$*"
}

# A step that everything after it needs: its output is shown only if it fails.
step() {
    title=$1
    shift
    printf '   %s ... ' "$title"
    began=$(date +%s)
    if ! "$@" >"$log" 2>&1; then
        say "failed:"
        cat "$log"
        exit 1
    fi
    say "done ($(($(date +%s) - began)) s)"
}

say "== 1. Set up and build"
sh test/setup.sh demo
mkdir -p "$build"
work=$(mktemp -d "$build/demo-XXXXXX")
log=$work/log
clean_up() {
    [ -z "${PKUVM_DIR-}" ] || "$root/test/vm/pkuvm" stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

step "configuring (cmake --preset default)" cmake --preset default
step "building the pass, the verifier, the loader and the vault" cmake --build --preset default --target \
    MPKGate mpk-verify mpk-run mpkgate mpkgate-compat vault vault-test vault-unprotected vminit
step "building main and libevil, with the pass and without" cmake --build --preset default --target \
    sign evil evil-main evil-unprotected evil-main-unprotected hidden-main-immediate

# Where the CPU has protection keys commands run on it, else in one virtual machine that stays up until the
# end.
if test/vm/pkuvm has-pku; then
    say "   this CPU has protection keys: everything runs on it directly"
else
    say "   this CPU has no protection keys: what needs them runs in a virtual machine that has (QEMU)"
    PKUVM_DIR=$work/machine
    PKUVM_INIT=$build/test/vm/vminit
    export PKUVM_DIR PKUVM_INIT
    step "starting the virtual machine" test/vm/pkuvm serve
fi
sh examples/main-job.sh "$build" "$work" "$root/test/vm/pkuvm" run --share "$build" --

say
say "== Summary ($(($(date +%s) - start)) s)"
cat <<END
A program signed a file with a private key, and openssl accepts the signature. The key was in the program's
own process all the time, but in memory that the CPU opens only inside MPKGate's gates, for as long as a
signature takes. When the program itself or its library went for the key, directly, through the kernel or
through its file, the CPU or the kernel stopped them; in an ordinary build of the same sources each of these
attempts got the key, or changed it.

To do the same with a program of your own:
    clang-19 -fpass-plugin=build/lib/MPKGate.so -Ilibvault/include -Illvm-pass/include main.c \\
        -Lbuild/lib -lmpkgate -o main
    build/bin/mpk-verify main
    build/bin/mpk-run --key NAME=FILE -- ./main
More attacks: test/attack. Who may touch the key when: examples/phase1. What the compiler does:
examples/phase2. Each has a test in test/examples that shows how to run it.
END
