// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Explains a finding to a reader: section, symbol, source line, and which field of which instruction the
// bytes are. Only an aid. It comes from section headers, symbol tables and debug information that nobody has
// verified, read by libelf, libdw and Zydis; no verdict depends on it.

#ifndef MPKGATE_EXPLAIN_H
#define MPKGATE_EXPLAIN_H

#include "mpk-elf.h"

// Four bytes span four instructions at most; and one before, and one behind them.
#define MPK_LINES_MAX 6

// One instruction, or some bytes of data.
struct mpk_line {
    uint64_t vaddr; // in a relocatable object: offset in the section
    uint8_t size;   // bytes
    uint8_t mark;   // index of the first byte that belongs to the finding
    uint8_t marked; // bytes that belong to it; 0 for an instruction beside
    unsigned char bytes[16];
    char text[80]; // disassembly; empty for data
};

// What the bytes of a hit are.
enum mpk_hit_class {
    MPK_CLASS_NONE = 0,         // no hit, or nothing could be found out
    MPK_CLASS_INTENDED,         // the instruction itself, in code by an FDE or a FUNC symbol
    MPK_CLASS_BRANCH,           // the rel8 or rel32 of a branch
    MPK_CLASS_RIP_DISPLACEMENT, // a displacement from RIP
    MPK_CLASS_IMMEDIATE,        // an immediate operand
    MPK_CLASS_DISPLACEMENT,     // another displacement
    MPK_CLASS_MODRM_SIB,        // begins in ModRM or SIB and goes on in displacement or immediate
    MPK_CLASS_OPCODE,           // opcode bytes of another instruction (STUI)
    MPK_CLASS_MIXED,            // other fields of one instruction
    MPK_CLASS_SPANNING,         // two or more instructions
    MPK_CLASS_TABLE,            // data in an executable section: covered by no FDE and no FUNC symbol
    MPK_CLASS_DATA_PAGE,        // data on a page without code, which could lose its X
    MPK_CLASS_DATA_BESIDE_CODE, // data on a page that has code too
    MPK_CLASS_PADDING,          // bytes of no section: page padding, headers
};
// The class's stable name, for reports: "intended", "branch", ..., "none".
const char *mpk_class_name(enum mpk_hit_class hit_class);

// Strings are empty where nothing is known.
struct mpk_explanation {
    char section[48];
    uint64_t section_offset; // of the finding, from the section's start
    char symbol[128];
    uint64_t symbol_offset; // of the finding, from the symbol's value
    char source[256];       // "file:line"
    enum mpk_hit_class hit_class;
    char what[160];   // what the bytes of a hit are, in words
    char remedy[320]; // for that; else the rule's
    struct mpk_line lines[MPK_LINES_MAX];
    uint32_t line_count;
};

// Fills explanations[i] for findings[i] of this object, count of them; cannot fail, only know less. The work
// is done in one child process with limits of time and memory, because the libraries above were not made for
// hostile files: if it dies or takes longer than some seconds, what it has not come to stays empty (the
// source lines are its last step). Debug information is looked for in the object and, by build ID and
// .gnu_debuglink, beside it, in .debug beside it and in /usr/lib/debug; never by the network. The caller must
// be single-threaded.
void mpk_explain_all(const struct mpk_elf *elf, const struct mpk_finding *findings, size_t count,
                     struct mpk_explanation *explanations);
// The same for a single finding. For many findings of one object mpk_explain_all is much faster.
void mpk_explain(const struct mpk_elf *elf, const struct mpk_finding *finding,
                 struct mpk_explanation *explanation);

#endif
