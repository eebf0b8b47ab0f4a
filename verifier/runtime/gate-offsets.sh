#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# gate-offsets.sh NM LIBRARY: prints, for each wrpkru of the full gate, a line "wrpkru OFFSET NAME", the offset in bytes from
# the start of the gate area, and a line "size OFFSET" for the end of the code; and for the lean gate the same with
# "lean-wrpkru" and "lean-size"; for the ULK gate "ulk-NAME OFFSET" for each place of it.
set -eu
"$1" "$2" | sort | awk '
    function value(hex,    i, n) {
        n = 0
        for (i = 1; i <= length(hex); i++)
            n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
        return n
    }
    { at[$3] = value($1) }
    function print_gate(prefix, word,    begin, i, n, name) {
        begin = at[prefix "gates_begin"]
        n = split("crypto manage close", name, " ")
        for (i = 1; i <= n; i++)
            printf "%swrpkru 0x%x %s\n", word, at[prefix "wrpkru_" name[i]] - begin, name[i]
        printf "%ssize 0x%x\n", word, at[prefix "gates_end"] - begin
    }
    END {
        print_gate("mpkgate_", "")
        print_gate("mpkgate_lean_", "lean-")
        for (name in at)
            if (name ~ /^mpkgate_ulk_/ && name != "mpkgate_ulk_code" && name != "mpkgate_ulk_begin")
                printf "ulk-%s 0x%x\n", substr(name, 13), at[name] - at["mpkgate_ulk_begin"]
    }'
