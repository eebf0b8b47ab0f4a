#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# gate-bytes.sh NM OBJCOPY IMAGE OUT: from IMAGE, a shared object of gates.S alone, makes the C header OUT with the gates'
# bytes, as every library that holds them has them, and with the offsets of their entries.
set -eu
nm=$1 objcopy=$2 image=$3 out=$4
trap 'rm -f "$out.bin"' EXIT
"$objcopy" -O binary --only-section=.rodata "$image" "$out.bin"

address() {
    "$nm" "$image" | sed -n "s/^\([0-9a-f]*\) [a-zA-Z] $1\$/0x\1/p"
}
begin=$(address mpkgate_gates_begin)
size=$(($(address mpkgate_gates_end) - begin))
# The gates are all of the section, so its first byte is theirs.
if [ "$(wc -c < "$out.bin")" -ne "$size" ]; then
    echo "gate-bytes.sh: $image: .rodata is not the $size bytes of the gates" >&2
    exit 1
fi
{
    echo "// Made from gates.S by gate-bytes.sh."
    echo "static const unsigned char gate_bytes[$size] = {"
    od -An -v -tx1 "$out.bin" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1, /g'
    echo "};"
    echo "static const struct gate_entry gate_entries[] = {"
    for name in crypto manage suspend finish; do
        printf '    {"%s", 0x%x},\n' $name $(($(address mpkgate_gate_$name) - begin))
    done
    echo "};"
} > "$out"
