#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The main job of MPKGate from a fresh clone: set up, build, sign a file with a key that the signing program cannot read, and
# try to get at that key, without protection and with it. Every result shown is what happened just now; anything that is not as
# it must be is marked and makes the exit status 1.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
build=$root/build
start=$(date +%s)
failures=0

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

wrong() {
    say "   !! NOT AS IT MUST BE: $*"
    failures=$((failures + 1))
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
sign=$build/bin/sign
evil_main=$build/bin/evil-main
libevil=$build/lib/libevil.so

# Where the CPU has protection keys commands run on it, else in one virtual machine that stays up until the end.
if test/vm/pkuvm has-pku; then
    say "   this CPU has protection keys: everything runs on it directly"
else
    say "   this CPU has no protection keys: what needs them runs in a virtual machine that has (QEMU)"
    PKUVM_DIR=$work/machine
    PKUVM_INIT=$build/test/vm/vminit
    export PKUVM_DIR PKUVM_INIT
    step "starting the virtual machine" test/vm/pkuvm serve
fi
pku() {
    "$root/test/vm/pkuvm" run --share "$build" -- "$@"
}

say
say "== 2. A key, a program, a signature"
key=$work/key.pem
document=$root/README.md
[ -r "$document" ] || document=$root/CMakeLists.txt
mkdir "$work/out"
step "making a P-256 key with openssl" openssl ecparam -name prime256v1 -genkey -noout -out "$key"
chmod 600 "$key"
openssl pkey -in "$key" -pubout -out "$work/public.pem"
for file in "$sign" "$evil_main" "$libevil"; do
    if answer=$("$build/bin/mpk-verify" "$file" 2>&1); then
        say "   mpk-verify: $answer" | sed "s|$root/||"
    else
        wrong "mpk-verify refuses $file: $answer"
    fi
done
say "   \$ mpk-run --key signing=key.pem -- sign $(basename "$document") > signature"
pku "$build/bin/mpk-run" --key "signing=$key" --rw "$work/out" -- "$sign" "$document" >"$work/signature" ||
    wrong "signing ended with status $?"
say "   \$ openssl dgst -sha256 -verify public.pem -signature signature $(basename "$document")"
if answer=$(openssl dgst -sha256 -verify "$work/public.pem" -signature "$work/signature" "$document" 2>&1); then
    say "   openssl: $answer"
else
    wrong "openssl does not accept the signature: $answer"
fi

# The private key in hexadecimal digits, to tell whether what an attack shows is the key. openssl prints a leading zero byte
# where the number's top bit is set.
private=$(openssl ec -in "$key" -noout -text 2>/dev/null | sed -n '/^priv:/,/^pub:/p' | grep '^ ' | tr -d ' :\n')
private=${private#"${private%????????????????????????????????????????????????????????????????}"}

# unprotected PATTERN OPTION... ATTACK: the attack must succeed.
unprotected() {
    pattern=$1
    shift
    status=0
    VAULT_KEYS="signing=$key" pku "$build/bin/evil-main-unprotected" --key-file "$key" "$@" >"$work/output" 2>&1 || status=$?
    line=$(grep ' succeeded: ' "$work/output" || true)
    case $status:$line in
    0:*"succeeded: "$pattern*) ;;
    *)
        wrong "unprotected, status $status: $(cat "$work/output")"
        return
        ;;
    esac
    case $line in
    *"$private"*) say "     without MPKGate: it gets ${#private} hexadecimal digits, $(say "$private" | cut -c 1-16)..., and they are the private key" ;;
    *' read 32 key bytes '*) wrong "these bytes are not the key: $line" ;;
    *) say "     without MPKGate: it succeeds: ${line#*succeeded: }" ;;
    esac
}

# protected STATUS PATTERN ATTACK: the attack must start, and end with this status and a line like this.
protected() {
    status=0
    pku "$build/bin/mpk-run" --wait --vault "$build/lib/vault-test.so" --key "signing=$key" --rw "$work/out" -- \
        "$evil_main" --key-file "$key" "$3" >"$work/output" 2>&1 || status=$?
    line=$(grep -v "^attack $3 starts\$" "$work/output" || true)
    if grep -q "$private" "$work/output" || ! grep -q "^attack $3 starts\$" "$work/output"; then
        wrong "protected: $(cat "$work/output")"
        return
    fi
    case $status:$line in
    "$1:"*"$2"*) say "     with MPKGate:    refused: ${line#*: }" ;;
    *) wrong "protected, status $status: $(cat "$work/output")" ;;
    esac
}

say
say "== 3. The same key under attack"
say "   main and libevil.so turn hostile. They are told the address of the key (the vault's test image tells it), and try to read"
say "   it, to change it, or to let themselves in. First in a build without MPKGate, then under mpk-run."
say "   main reads the key"
unprotected 'main read the key: ' main-read-key
protected 139 SIGSEGV main-read-key
say "   main writes the key"
unprotected 'main wrote the key' main-write-key
protected 139 SIGSEGV main-write-key
say "   libevil reads the key"
unprotected 'read 32 key bytes by a load: ' read-key
protected 139 SIGSEGV read-key
say "   libevil writes the key"
unprotected 'wrote 32 key bytes by a store' write-key
protected 139 SIGSEGV write-key
say "   libevil opens the key's file"
unprotected 'read 64 bytes of the key file' a52-key-file
protected 1 EACCES a52-key-file
say "   libevil calls pkey_set (without MPKGate: the key behind a plain protection key of pkeys(7))"
unprotected 'read 32 key bytes by pkey_set: ' --pkey a01-pkey-set
protected 132 SIGILL a01-pkey-set

say "   libevil hides a wrpkru instruction in a constant, and mpk-run is asked to start a program with it"
status=0
pku "$build/bin/mpk-run" --key "signing=$key" --rw "$work/out" -- "$build/libevil/hidden-main-immediate" >"$work/output" 2>&1 ||
    status=$?
line=$(grep 'error: WRPKRU' "$work/output" | sed "s|$root/||" || true)
if [ $status -eq 126 ] && [ -n "$line" ] && ! grep -q '^attack' "$work/output"; then
    say "     with MPKGate:    not started: $line"
else
    wrong "status $status: $(cat "$work/output")"
fi

say
say "== Summary ($(($(date +%s) - start)) s)"
if [ $failures -ne 0 ]; then
    say "$failures thing(s) above are not as they must be."
    exit 1
fi
cat <<END
A program signed a file with a private key, and openssl accepts the signature. The key was in the program's own process all the
time, but in memory that the CPU opens only inside MPKGate's gates, for the few microseconds of the signature. When the program
itself or its library went for the key, directly, through the kernel or through its file, the CPU or the kernel stopped them;
in an ordinary build of the same sources each of these attempts got the key, or changed it.

To do the same with a program of your own:
    clang-19 -fpass-plugin=build/lib/MPKGate.so -Ilibvault/include -Illvm-pass/include main.c -Lbuild/lib -lmpkgate -o main
    build/bin/mpk-verify main
    build/bin/mpk-run --key NAME=FILE -- ./main
More attacks: test/attack. Who may touch the key when: build/bin/phase1 (examples/phase1). What the compiler does: sh
examples/phase2/phase2.sh build.
END
