// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What explain.c and disassemble.c share.

#ifndef MPKGATE_EXPLAIN_PRIVATE_H
#define MPKGATE_EXPLAIN_PRIVATE_H

#include <fcntl.h>
#include <libelf.h>

#include "explain.h"

struct explaining {
    const struct mpk_elf *elf;
    const struct mpk_finding *finding;
    struct mpk_explanation *out;
    Elf *libelf;
    uint64_t vaddr; // of the finding's bytes in their own section, which can differ from that of the finding
    bool has_section;
    bool is_code; // SHF_EXECINSTR
    uint64_t section_start;
    bool has_symbol;
    bool symbol_covers;
    bool symbol_is_code;
    uint64_t symbol_start;
};

// Fills what, remedy and lines for a hit.
void mpk_explain_bytes(struct explaining *state);

#endif
