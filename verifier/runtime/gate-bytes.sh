#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# gate-bytes.sh NM OBJCOPY IMAGE OUT: from IMAGE, a shared object of gates.S and gates-lean.S alone, makes the C header OUT
# with each gate's bytes, as every library that holds them has them, and with the offsets of its entries.
set -eu
nm=$1 objcopy=$2 image=$3 out=$4
trap 'rm -f "$out.bin"' EXIT
"$objcopy" -O binary --only-section=.rodata "$image" "$out.bin"

address() {
    "$nm" "$image" | sed -n "s/^\([0-9a-f]*\) [a-zA-Z] $1\$/0x\1/p"
}
start=$(address mpkgate_gates_begin)
size=$(($(address mpkgate_lean_gates_end) - start))
# The gates, first the full one, are all of the section, so its first byte is theirs.
if [ "$(wc -c < "$out.bin")" -ne "$size" ]; then
    echo "gate-bytes.sh: $image: .rodata is not the $size bytes of the gates" >&2
    exit 1
fi

# print_gate NAME PREFIX: of the symbols.
print_gate() {
    begin=$(address "$2gates_begin")
    size=$(($(address "$2gates_end") - begin))
    echo "static const unsigned char $1_bytes[$size] = {"
    od -An -v -tx1 -j $((begin - start)) -N "$size" "$out.bin" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1, /g'
    echo "};"
    echo "static const struct gate_entry $1_entries[] = {"
    for name in crypto manage suspend finish; do
        printf '    {"%s", 0x%x},\n' $name $(($(address "$2gate_$name") - begin))
    done
    echo "};"
}
{
    echo "// Made from gates.S and gates-lean.S by gate-bytes.sh."
    print_gate full mpkgate_
    print_gate lean mpkgate_lean_
} > "$out"
