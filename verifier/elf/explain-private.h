// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files that explain findings share. All of it runs in the child process of explain.c, which ends
// with its work: nothing is freed.
//
// A *place* is an address where linked files are concerned, and a file offset in relocatable objects, which
// have no addresses.

#ifndef MPKGATE_EXPLAIN_PRIVATE_H
#define MPKGATE_EXPLAIN_PRIVATE_H

#include <Zydis/Zydis.h>
#include <fcntl.h>
#include <libelf.h>

#include "explain.h"

struct place_section {
    const char *name;
    uint64_t place;
    uint64_t offset; // in the file
    uint64_t size;
    size_t index;
    bool is_mapped; // SHF_ALLOC
    bool is_code;   // SHF_EXECINSTR
};

struct place_symbol {
    const char *name;
    uint64_t place;
    uint64_t size;
    unsigned char type; // STT_FUNC (IFUNCs too), STT_OBJECT or STT_NOTYPE
};

// What an FDE covers.
struct place_frame {
    uint64_t start;
    uint64_t end;
};

// What a file tells about what lies where. Nothing of it is verified.
struct landmarks {
    const struct mpk_elf *elf;
    Elf *libelf;
    bool is_unlinked; // ET_REL
    struct place_section *sections;
    size_t section_count;
    struct place_symbol *symbols;
    size_t symbol_count;
    struct place_frame *frames; // ascending
    size_t frame_count;
};

// --- landmarks.c ---

// Collects sections; and, for hits, symbols and FDEs. Returns false if libelf does not take the file.
bool mpk_landmarks_open(struct landmarks *marks, const struct mpk_elf *elf);
void mpk_landmarks_collect(struct landmarks *marks);
void mpk_landmarks_add_symbol(struct landmarks *marks, const struct place_symbol *symbol);
// The section that holds a place, or a file offset; or NULL.
const struct place_section *mpk_section_at(const struct landmarks *marks, uint64_t place);
const struct place_section *mpk_section_at_offset(const struct landmarks *marks, uint64_t offset);
// The FUNC, OBJECT or NOTYPE symbol whose size covers a place, in this order, or else the nearest one below
// in the section; or NULL.
struct place_symbol mpk_symbol_at(const struct landmarks *marks, const struct place_section *section,
                                  uint64_t place);
bool mpk_symbol_covers(const struct place_symbol *symbol, uint64_t place);

// --- frames.c ---

// Fills frames from .eh_frame.
void mpk_frames_collect(struct landmarks *marks);
// The index of the first frame that starts behind a place; frame_count if there is none.
size_t mpk_frame_behind(const struct landmarks *marks, uint64_t place);
// The FDE that covers a place, or NULL.
const struct place_frame *mpk_frame_at(const struct landmarks *marks, uint64_t place);

// --- A hit that is being explained ---

struct explaining {
    const struct landmarks *marks;
    const struct mpk_finding *finding;
    struct mpk_explanation *out;
    // The section that the bytes are of. The same page of a file can be mapped at two addresses: then place
    // is the one in the section, not that of the finding.
    const struct place_section *section;
    uint64_t place;
    struct place_symbol symbol; // without a name if there is none
};

// --- explain.c ---

// Fills section, symbol and what is known of the bytes of state->out; everything but the source line.
void mpk_explain_finding(struct explaining *state);

// --- disassemble.c ---

// Field of an instruction that a byte belongs to.
enum field {
    FIELD_OPCODE = 1,
    FIELD_MODRM = 2,
    FIELD_SIB = 4,
    FIELD_DISPLACEMENT = 8,
    FIELD_RELATIVE = 16, // displacement from RIP
    FIELD_IMMEDIATE = 32,
    FIELD_BRANCH = 64
};

// What the bytes of a hit are, by a linear sweep.
struct sweep {
    unsigned fields;  // enum field bits, of all bytes of the hit
    enum field first; // of its first byte
    unsigned instructions;
    bool is_named;       // the hit is an instruction of its name
    bool is_rex2;        // with a REX2 prefix, which the disassembler does not know
    bool is_bad;         // some of the hit does not decode
    bool is_out_of_step; // something before it does not
    char mnemonic[32];   // of the first instruction
};

// Decodes from start, fills *sweep and the lines of the explanation.
void mpk_sweep(struct explaining *state, uint64_t start, struct sweep *sweep);
// Whether what lies in [start, end) looks like what compilers and people write, not like numbers.
bool mpk_looks_like_code(const struct explaining *state, uint64_t start, uint64_t end);
// Fills the lines with the bytes themselves.
void mpk_show_data(struct explaining *state);

// --- classify.c ---

// Fills hit_class, what, remedy and lines for a hit.
void mpk_explain_bytes(struct explaining *state);

// --- source.c ---

struct debug_info;
// The debug information of the file, its own or a separate one; NULL if there is none. fd is a copy of an
// ET_REL, or -1. Adds the symbols of a separate file to marks.
struct debug_info *mpk_debug_open(struct landmarks *marks, int fd);
// Fills source of count explanations.
void mpk_debug_explain(struct debug_info *debug, const struct explaining *states, size_t count);

// Copies a string if it is safe to print.
void mpk_copy_string(char *to, size_t size, const char *from);

// disassemble.c: AT&T syntax into line->text; line->vaddr is the instruction's.
void mpk_format_instruction(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                            struct mpk_line *line);

#endif
