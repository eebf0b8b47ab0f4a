// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Disassembly of what was written, in the form of mpk-verify's.

#include <string.h>

#include "rewrite-private.h"

static void format(const struct insn *insn, struct mpk_line *line) {
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_FORCE_RELATIVE_RIPREL, ZYAN_TRUE);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_SIGNEDNESS, ZYDIS_SIGNEDNESS_UNSIGNED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING, ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING, ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_PADDING_DISABLED);
    ZydisFormatterFormatInstruction(&formatter, &insn->info, insn->operands, insn->info.operand_count_visible,
                                    line->text, sizeof(line->text), insn->vaddr, NULL);
}

void rewrite_show(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t vaddr, uint64_t size) {
    struct insn insn;
    uint64_t end = vaddr + size;
    while (vaddr < end && site->after_count < MPK_REWRITE_LINES) {
        if (!rewrite_decode(rw, vaddr, end, &insn))
            return;
        struct mpk_line *line = &site->after[site->after_count++];
        *line = (struct mpk_line){.vaddr = vaddr, .size = (uint8_t)insn.size};
        memcpy(line->bytes, insn.bytes, insn.size);
        format(&insn, line);
        vaddr += insn.size;
    }
}
