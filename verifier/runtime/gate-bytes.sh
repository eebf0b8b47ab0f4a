#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# gate-bytes.sh NM OBJCOPY IMAGE OUT: from IMAGE, a shared object of gates.S, gates-lean.S and ulk.S alone, makes the C header OUT
# with each gate's bytes, as every library that holds them has them, and with the offsets of its entries.
set -eu
nm=$1 objcopy=$2 image=$3 out=$4
trap 'rm -f "$out.bin"' EXIT
"$objcopy" -O binary --only-section=.rodata "$image" "$out.bin"

address() {
    "$nm" "$image" | sed -n "s/^\([0-9a-f]*\) [a-zA-Z] $1\$/0x\1/p"
}
start=$(address mpkgate_gates_begin)
size=$(($(address mpkgate_ulk_end) - start))
# The gates, first the full one, are all of the section, so its first byte is theirs.
if [ "$(wc -c < "$out.bin")" -ne "$size" ]; then
    echo "gate-bytes.sh: $image: .rodata is not the $size bytes of the gates" >&2
    exit 1
fi

# print_gate NAME BEGIN END PREFIX ENTRY...: symbols; an entry's is PREFIX and its name.
print_gate() {
    begin=$(address "$2")
    size=$(($(address "$3") - begin))
    echo "static const unsigned char $1_bytes[$size] = {"
    od -An -v -tx1 -j $((begin - start)) -N "$size" "$out.bin" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1, /g'
    echo "};"
    echo "static const struct gate_entry $1_entries[] = {"
    prefix=$4
    shift 4
    for entry; do
        printf '    {"%s", 0x%x},\n' "$entry" $(($(address "$prefix$entry") - begin))
    done
    echo "    {NULL, 0},"
    echo "};"
}
{
    echo "// Made from gates.S, gates-lean.S and ulk.S by gate-bytes.sh."
    print_gate full mpkgate_gates_begin mpkgate_gates_end mpkgate_gate_ crypto manage suspend finish
    print_gate lean mpkgate_lean_gates_begin mpkgate_lean_gates_end mpkgate_lean_gate_ crypto manage suspend finish
    print_gate ulk mpkgate_ulk_begin mpkgate_ulk_end mpkgate_ulk_ gate wrpkru_enter return wrpkru_back
} > "$out"
