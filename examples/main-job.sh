#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# main-job.sh BUILD WORK [RUNNER...]: what demo.sh shows, with what is built in BUILD, files in WORK (an empty
# folder), and every command that needs protection keys after RUNNER. Exit status 1 if anything was not as it
# must be.
set -eu
[ $# -ge 2 ] || {
    echo "usage: sh main-job.sh BUILD WORK [RUNNER...]" >&2
    exit 2
}
root=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
work=$(cd "$2" && pwd)
shift 2
runner="$*"
failures=0
sign=$build/bin/sign
evil_main=$build/bin/evil-main
libevil=$build/lib/libevil.so

say() {
    printf '%s\n' "$*"
}

wrong() {
    say "   !! NOT AS IT MUST BE: $*"
    failures=$((failures + 1))
}

# shellcheck disable=SC2086 # a command and its options
pku() {
    $runner "$@"
}

say
say "== 2. A key, a program, a signature"
key=$work/key.pem
document=$root/README.md
[ -r "$document" ] || document=$root/CMakeLists.txt
mkdir "$work/out"
say "   \$ openssl ecparam -name prime256v1 -genkey -noout -out key.pem"
openssl ecparam -name prime256v1 -genkey -noout -out "$key"
chmod 600 "$key"
openssl pkey -in "$key" -pubout -out "$work/public.pem"
for file in "$sign" "$evil_main" "$libevil"; do
    if answer=$("$build/bin/mpk-verify" "$file" 2>&1); then
        # Warnings, of the assembly that no pass has seen, are not this script's subject.
        answer=$(printf '%s\n' "$answer" | grep ': clean, ')
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

# The private key in hexadecimal digits, to tell whether what an attack shows is the key. openssl prints a
# leading zero byte where the number's top bit is set.
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
    *"$private"*)
        say "     without MPKGate: it gets 32 bytes, $(say "$private" | cut -c 1-16)..., and they are the private key"
        ;;
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
say "   main and libevil.so turn hostile. They are told the address of the key (the vault's test image tells it),"
say "   and try to read it, to change it, or to let themselves in. First in a build without MPKGate, then under"
say "   mpk-run."
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

if [ $failures -ne 0 ]; then
    say
    say "$failures thing(s) above are not as they must be."
    exit 1
fi
