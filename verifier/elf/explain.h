// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Explains a finding to a reader: section, symbol, source line, and which field of which instruction the
// bytes are. Only an aid. It comes from section headers, symbol tables and debug information that nobody has
// verified, read by libelf, libdw and Zydis; no verdict depends on it.

#ifndef MPKGATE_EXPLAIN_H
#define MPKGATE_EXPLAIN_H

#include "mpk-elf.h"

#define MPK_LINES_MAX 3

// One instruction, or some bytes of data.
struct mpk_line {
    uint64_t vaddr;
    uint8_t size; // bytes
    uint8_t mark; // index of the first byte that belongs to the finding
    uint8_t marked;
    unsigned char bytes[16];
    char text[80]; // disassembly; empty for data
};

// Strings are empty where nothing is known.
struct mpk_explanation {
    char section[48];
    uint64_t section_offset; // of the finding, from the section's start
    char symbol[128];
    uint64_t symbol_offset; // of the finding, from the symbol's value
    char source[256];       // "file:line"
    char what[160];         // what the bytes of a hit are
    char remedy[320];       // for that; else the rule's
    struct mpk_line lines[MPK_LINES_MAX];
    uint32_t line_count;
};

// Fills *explanation for a finding of this object; cannot fail, only know less. The work is done in a child
// process with limits, because the libraries above were not made for hostile files: if it dies or takes
// longer than a few seconds, the rest stays empty. The caller must be single-threaded.
void mpk_explain(const struct mpk_elf *elf, const struct mpk_finding *finding,
                 struct mpk_explanation *explanation);

#endif
