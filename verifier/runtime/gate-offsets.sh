#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# gate-offsets.sh NM LIBRARY: prints, for each wrpkru of the gates, a line "wrpkru OFFSET NAME", the offset in bytes from the
# start of the gate area, and a line "size OFFSET" for the end of the code.
set -eu
"$1" "$2" | sort | awk '
    function value(hex,    i, n) {
        n = 0
        for (i = 1; i <= length(hex); i++)
            n = n * 16 + index("0123456789abcdef", substr(hex, i, 1)) - 1
        return n
    }
    { at[$3] = value($1) }
    END {
        begin = at["mpkgate_gates_begin"]
        n = split("crypto manage close", name, " ")
        for (i = 1; i <= n; i++)
            printf "wrpkru 0x%x %s\n", at["mpkgate_wrpkru_" name[i]] - begin, name[i]
        printf "size 0x%x\n", at["mpkgate_gates_end"] - begin
    }'
