// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Disassembly of what was written, in the form of mpk-verify's.

#include <string.h>

#include "rewrite-private.h"

void rewrite_show(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t vaddr, uint64_t size) {
    struct insn insn;
    uint64_t end = vaddr + size;
    while (vaddr < end && site->after_count < MPK_REWRITE_LINES) {
        if (!rewrite_decode(rw, vaddr, end, &insn))
            return;
        struct mpk_line *line = &site->after[site->after_count++];
        *line = (struct mpk_line){.vaddr = vaddr, .size = (uint8_t)insn.size};
        memcpy(line->bytes, insn.bytes, insn.size);
        mpk_format_instruction(&insn.info, insn.operands, line);
        vaddr += insn.size;
    }
}
