#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# phase2.sh BUILD [RUNNER...]: what the pass does to machine code, before and after: a call of the vault
# becomes a call through a gate, a wrpkru and a pkey_set become something harmless; and what mpk-rewrite does
# to a library that is there as a binary alone. BUILD is the build folder;
# the program that comes out runs after RUNNER, by default where protection keys are to be had. Everything
# shown is cut out of what objdump prints now; anything that is not as it must be ends this with status 1.
set -eu
[ $# -ge 1 ] || {
    echo "usage: sh phase2.sh BUILD [RUNNER...]" >&2
    exit 2
}
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
pass=$build/lib/MPKGate.so
shift
[ $# -gt 0 ] || set -- "$root/test/vm/pkuvm" run --share "$build" --
work=$(mktemp -d "$build/phase2-XXXXXX")
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
cd "$work"
flags="-std=c17 -D_GNU_SOURCE -O2 -I$root/libvault/include -I$root/llvm-pass/include -Wl,-z,now -Wl,-z,separate-code"

wrong() {
    echo "phase2: $1" >&2
    exit 1
}

# disassemble FILE FUNCTION: its instructions, without bytes and addresses of the line.
disassemble() {
    objdump -d --no-show-raw-insn --disassemble="$2" "$1" | sed -n '/^[0-9a-f]* </,/^$/p' | sed 's/^ *\([0-9a-f]*\):\t/    /'
}

tab=$(printf '\t')

# How many instructions of FILE are wrpkru, or jumps and calls to pkey_set.
count_wrpkru() {
    objdump -d "$1" | grep -c "${tab}wrpkru" || true
}
count_pkey_set() {
    objdump -d "$1" | grep -c "$tab\(call\|jmp\) .*<pkey_set@plt>" || true
}

# build_with DIRECTORY FLAGS: main and libuntrusted.so.
# shellcheck disable=SC2086 # lists of options
build_with() {
    mkdir "$1"
    clang-19 $flags $2 -shared -fPIC -Wl,-soname,libuntrusted.so "$here/untrusted.c" -o "$1/libuntrusted.so"
    clang-19 $flags $2 "$here/main.c" -L"$1" -luntrusted $3 -Wl,-rpath,"$work/$1" -o "$1/main"
}

echo "== The pass refuses the library (default):"
unset MPKGATE_BAN
if clang-19 -std=c17 -D_GNU_SOURCE -O2 -fpass-plugin="$pass" -c "$here/untrusted.c" -o refused.o 2>refused.txt; then
    wrong "the pass let a wrpkru pass"
fi
grep 'error:' refused.txt | sed "s|^$root/|    |"
grep -q 'untrusted.c:9:.*error: .*wrpkru' refused.txt || wrong "no error at the line of the wrpkru"
grep -q 'untrusted.c:.*error: .*pkey_set' refused.txt || wrong "no error about pkey_set"

echo
echo "== Told to replace instead of to refuse (MPKGATE_BAN=replace):"
build_with before '' "-L$build/lib -lvault-unprotected"
MPKGATE_BAN=replace
export MPKGATE_BAN
build_with after "-fpass-plugin=$pass -Rpass=mpkgate" "-L$build/lib -Wl,--no-as-needed -lmpkgate" 2>replaced.txt || {
    cat replaced.txt
    wrong "the pass does not replace"
}
unset MPKGATE_BAN
sed -n "s|^$root/|    |p" replaced.txt
grep -q 'untrusted.c:9:.*remark: ' replaced.txt || wrong "the pass does not say what it replaced"

echo
echo "== untrusted_wrpkru, before:"
disassemble before/libuntrusted.so untrusted_wrpkru
echo "== untrusted_wrpkru, after:"
disassemble after/libuntrusted.so untrusted_wrpkru
echo "== call_vault, before: a jump to the function"
disassemble before/main call_vault
echo "== call_vault, after: to a thunk, which fills the argument block and calls the gate whose address the seal wrote"
disassemble after/main call_vault
thunk=$(objdump -d after/main | sed -n 's/^[0-9a-f]* <\(__mpkgate_thunk[^>]*\)>:$/\1/p' | head -n 1)
[ -n "$thunk" ] || wrong "no thunk in main"
disassemble after/main "$thunk"

echo "wrpkru instructions: before $(count_wrpkru before/libuntrusted.so), after $(count_wrpkru after/libuntrusted.so);" \
    "calls of pkey_set: before $(count_pkey_set before/libuntrusted.so), after $(count_pkey_set after/libuntrusted.so)"
[ "$(count_wrpkru before/libuntrusted.so)" -eq 1 ] || wrong "there must be a wrpkru before"
[ "$(count_pkey_set before/libuntrusted.so)" -eq 1 ] || wrong "there must be a pkey_set before"
[ "$(count_wrpkru after/libuntrusted.so)" -eq 0 ] || wrong "there must be no wrpkru after"
[ "$(count_pkey_set after/libuntrusted.so)" -eq 0 ] || wrong "there must be no pkey_set after"
[ "$(count_wrpkru after/main)" -eq 0 ] || wrong "there must be no wrpkru in main"

echo
echo "== mpk-verify on both:"
if "$build/bin/mpk-verify" before/libuntrusted.so >verify.txt 2>&1; then
    wrong "mpk-verify let the library from before pass"
fi
sed -n '/: error: /{s/^/    before: /p;q;}' verify.txt
"$build/bin/mpk-verify" after/libuntrusted.so after/main >verify.txt 2>&1 || {
    cat verify.txt
    wrong "mpk-verify refuses what the pass made"
}
sed 's/^/    after: /' verify.txt

echo
echo "== What came out of the pass, run under mpk-run:"
status=0
"$@" "$build/bin/mpk-run" -- "$work/after/main" >run.txt 2>&1 || status=$?
sed 's/^/    /' run.txt
echo "    and then: exit status $status (132 is SIGILL: a replaced instruction is a trap)"
grep -q "answer to a gated call: 0" run.txt || wrong "the gated call failed"
grep -q "pkey_set returns -1 (Operation not permitted)" run.txt || wrong "pkey_set did not fail with EPERM"
grep -q "wrpkru ran" run.txt && wrong "the wrpkru ran"
[ $status -eq 132 ] || wrong "the replaced wrpkru did not trap"

evil=libevil-binary.so
binary=$here/binary/$evil

# Two programs that use it, and take it from their own folder: one that hides its key by pkeys(7) alone, and
# one for mpk-run.
# shellcheck disable=SC2086,SC2016 # a list of options; ld.so's $ORIGIN
build_programs() {
    clang-19 $flags -DPLAIN_PKEY "$here/binary-main.c" "$1/$evil" -Wl,-rpath,'$ORIGIN' -o "$1/plain"
    clang-19 $flags -fPIE -pie -fpass-plugin="$pass" "$here/binary-main.c" "$1/$evil" -L"$build/lib" -Wl,--no-as-needed -lmpkgate \
        -Wl,-rpath,'$ORIGIN' -o "$1/gated"
}

# run_plain and run_gated DIRECTORY RUNNER...: run one; its output is in run.txt, its exit status in $status.
run_plain() {
    program=$work/$1/plain
    shift
    status=0
    "$@" "$program" "$work/key" >run.txt 2>&1 || status=$?
    sed 's/^/    /' run.txt
}
run_gated() {
    program=$work/$1/gated
    shift
    status=0
    "$@" "$build/bin/mpk-run" --vault "$build/lib/vault-test.so" --key signing="$work/key" --rw "$work/out" -- "$program" "$work/key" \
        >run.txt 2>&1 || status=$?
    sed 's/^/    /' run.txt
}

mkdir binary-before binary-after out
cp "$binary" binary-before/
printf '%s' '0123456789abcdefghijklmnopqrstuv' >key
chmod 644 key
key=$(od -An -v -tx1 key | tr -d ' \n')

echo
echo "== $evil, of which there is no source in the build ($(wc -c <"$binary" | tr -d ' ') bytes, examples/phase2/binary):"
echo "== a call of pkey_set, a wrpkru, and two constants whose bytes are WRPKRU and XRSTOR:"
for function in evil_read_by_pkey_set evil_read_by_wrpkru evil_checksum; do
    objdump -d --disassemble="$function" "$binary" | sed -n '/^[0-9a-f]* </,/^$/p'
done >disassembly.txt
grep "^[0-9a-f]* <evil_\|<pkey_set@plt>\|${tab}wrpkru\|0f 01 ef\|0f ae 2f" disassembly.txt | sed 's/^/    /'
[ "$(count_wrpkru "$binary")" -eq 1 ] || wrong "there must be a wrpkru in $evil"
[ "$(count_pkey_set "$binary")" -eq 1 ] || wrong "there must be a call of pkey_set in $evil"
"$build/bin/mpk-verify" "$binary" >verify.txt 2>&1 && wrong "mpk-verify let $evil pass"
[ "$(grep -c 'error: .*MPK00[12]' verify.txt)" -eq 3 ] || wrong "there must be three patterns in $evil"

echo
echo "== Before, in a program that hides its key by pkeys(7): it steals"
build_programs binary-before
run_plain binary-before "$@"
[ $status -eq 0 ] || wrong "the library did not steal: status $status"
for how in pkey_set wrpkru; do
    grep -q "^stolen by $how: $key\$" run.txt || wrong "the library did not steal the key by $how"
done
checksum=$(sed -n 's/^checksum: //p' run.txt)

echo "== Before, under mpk-run: it is refused"
run_gated binary-before "$@"
[ $status -eq 126 ] || wrong "mpk-run started a program with $evil: status $status"
grep -q "$evil:.* WRPKRU .*MPK001" run.txt || wrong "mpk-run does not say what is wrong with $evil"

echo
echo "== mpk-rewrite --banned=eperm --diff $evil:"
"$build/bin/mpk-rewrite" --banned=eperm --diff "$binary" -o binary-after/$evil >rewrite.txt || wrong "mpk-rewrite left something"
sed "s|^$here/|    |; t; s|^|    |" rewrite.txt
"$build/bin/mpk-verify" binary-after/$evil >verify.txt 2>&1 || {
    cat verify.txt
    wrong "mpk-verify refuses what mpk-rewrite made"
}
echo "wrpkru instructions: before $(count_wrpkru "$binary"), after $(count_wrpkru binary-after/$evil)"
[ "$(count_wrpkru binary-after/$evil)" -eq 0 ] || wrong "there must be no wrpkru after"

# cannot: what run.txt must say of a library that was rewritten.
cannot() {
    echo "    and then: exit status $status (132 is SIGILL: the wrpkru is a trap)"
    [ $status -eq 132 ] || wrong "the rewritten wrpkru did not trap"
    grep -q "^pkey_set was taken out by mpk-rewrite: it fails with EPERM\$" run.txt || wrong "pkey_set is not the stub"
    grep -q "^pkey_set: Operation not permitted\$" run.txt || wrong "pkey_set did not fail with EPERM"
    grep -q "^wrpkru comes next\$" run.txt || wrong "it did not come to the wrpkru"
    grep -q "stolen\|$key" run.txt && wrong "the library stole"
    grep -q "^checksum: $checksum\$" run.txt || wrong "the checksum is another one"
}

echo
echo "== After, in the same program without MPKGate: it cannot"
cp binary-before/plain binary-before/gated binary-after/
run_plain binary-after "$@"
cannot
echo "== After, the same program under mpk-run, with the key in the vault: it cannot"
run_gated binary-after "$@"
cannot
