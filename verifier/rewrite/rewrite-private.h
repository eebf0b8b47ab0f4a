// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of the rewriter share.

#ifndef MPKGATE_REWRITE_PRIVATE_H
#define MPKGATE_REWRITE_PRIVATE_H

#include <Zydis/Zydis.h>

#include "explain-private.h"
#include "mpk-rewrite.h"

// Bytes of code that can be added to one object. What needs more is reported as left.
#define AREA_MAX ((size_t)1 << 20)
// The longest pattern but one byte: what lies so near to a change can make a pattern with it.
#define REACH 3u

// A run of pages of one executable PT_LOAD that the new program headers map in another way.
struct page_run {
    size_t load;    // index among the PT_LOADs
    uint64_t start; // page-aligned addresses; ascending, disjoint
    uint64_t end;
    bool copy; // mapped from a copy without foreign bytes; else without PF_X
};

// Which pages of a PT_LOAD's file part hold code.
struct page_map {
    uint64_t start; // page-aligned
    size_t count;
    int32_t *code; // for each page: 0 if no code is known to lie on it
};

// What --bind makes of the dynamic section.
struct binding {
    unsigned used;      // a bit for each library
    Elf64_Dyn *entries; // count of them, DT_NULLs included; NULL: nothing is bound
    size_t count;
    bool moves;             // where it was there is no room for them
    unsigned char *strings; // a longer DT_STRTAB of strings_size bytes; NULL: it stays
    size_t strings_size;
};

struct rewrite {
    const struct mpk_elf *elf;
    const struct mpk_rewrite_wish *wish;
    struct landmarks marks;
    unsigned char *file; // a copy of the file, changed in place
    size_t file_size;
    const Elf64_Phdr *loads;
    size_t load_count;
    // The area: code that is added, in an executable PT_LOAD of its own behind all others.
    uint64_t area_vaddr;
    unsigned char *area; // AREA_MAX bytes
    size_t area_ready;   // of which the first ones are INT3 where nothing is yet
    size_t area_used;
    struct code_piece *pieces; // of the area, ascending
    size_t piece_count;
    struct code_row *rows; // of all pieces
    size_t row_count;
    bool has_text_relocations; // ld.so changes code
    unsigned searches;         // of all code for branches to a place
    bool has_small_stacks;     // there may be nothing below the stack pointer
    struct page_map *maps;     // load_count of them; filled in when needed
    struct page_run *runs;
    size_t run_count;
    struct binding binding;
    struct mpk_rewritten *result;
    size_t site_capacity;
};

// --- image.c ---

// The bytes at an address, for reading and changing, if all of them are code that may be changed: of the
// area, or of the file part of one executable PT_LOAD. Else NULL.
unsigned char *rewrite_bytes(struct rewrite *rw, uint64_t vaddr, uint64_t size);
// Whether no pattern has a byte in [vaddr, vaddr + size), neighbours included.
bool rewrite_is_clean(struct rewrite *rw, uint64_t vaddr, uint64_t size);
// Writes bytes over code if no pattern has a part in them afterwards; else changes nothing and returns false.
bool rewrite_put(struct rewrite *rw, uint64_t vaddr, const unsigned char *bytes, size_t size);
// One more site; NULL when memory is out.
struct mpk_rewrite_site *rewrite_add_site(struct rewrite *rw);
// Says what was done about a site, or why nothing.
__attribute__((format(printf, 3, 4))) void rewrite_tell(struct mpk_rewrite_site *site,
                                                        enum mpk_rewrite_how how, const char *format, ...);

// --- code.c ---

struct insn {
    uint64_t vaddr;
    unsigned size;
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZydisDecodedInstruction info;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};
// Prefixes that mean something.
#define REWRITE_PREFIXES                                                                                     \
    (ZYDIS_ATTRIB_HAS_LOCK | ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE |         \
     ZYDIS_ATTRIB_HAS_BND | ZYDIS_ATTRIB_HAS_XACQUIRE | ZYDIS_ATTRIB_HAS_XRELEASE |                          \
     ZYDIS_ATTRIB_HAS_NOTRACK | ZYDIS_ATTRIB_HAS_SEGMENT)
// Decodes the instruction at vaddr that ends at end or before. False if there is none.
bool rewrite_decode(struct rewrite *rw, uint64_t vaddr, uint64_t end, struct insn *insn);
// The same of bytes that lie nowhere yet.
bool rewrite_decode_bytes(const unsigned char *bytes, size_t size, uint64_t vaddr, struct insn *insn);
// Whether a direct branch (call, jmp, jcc, loop), and where to.
bool rewrite_branch(const struct insn *insn, uint64_t *target);
// Index of the operand that is memory addressed from RIP, or -1.
int rewrite_rip_operand(const struct insn *insn);

// A stretch of code by an FDE or a FUNC symbol.
struct function {
    uint64_t start;
    uint64_t end;
    uint32_t *at; // where its instructions begin, from start, ascending
    size_t count;
    uint64_t *targets; // of direct branches in it, to itself
    size_t target_count;
    bool complete; // it decodes from start to end
    bool indirect; // it has a jump whose targets are not known
};
// The code that covers place, decoded. False if nothing says that there is any, or the decoding does not come
// as far. Free with rewrite_function_free.
bool rewrite_function(struct rewrite *rw, uint64_t place, struct function *function);
void rewrite_function_free(struct function *function);
// Whether a known branch leads to a place in (start, end), other than to start.
bool rewrite_is_entered(const struct function *function, uint64_t start, uint64_t end);
// NULL if no branch of any kind can lead into (start, end) but to start; else why that is not known.
const char *rewrite_why_enterable(struct rewrite *rw, const struct function *function, uint64_t start,
                                  uint64_t end);

// --- go.c ---

// Adds the functions of a program in Go to the FDEs. False when memory is out.
bool rewrite_find_go(struct rewrite *rw);

// --- encode.c ---

// Another encoding of the same length that rewrite_put takes; true if the instruction was replaced.
bool rewrite_reencode(struct rewrite *rw, const struct insn *insn);

// --- emit.c ---

// What the registers are from a place in added code on, told to unwinders.
struct code_row {
    uint8_t at; // in the code
    // As they are before the instruction at this address of the old code; 0: as where a function begins.
    uint64_t stands_for;
    uint8_t lowered;  // bytes by which RSP is lower than there
    uint8_t saved[2]; // registers (DWARF numbers) that lie below the red zone, in this order
    uint8_t saved_count;
};
#define CODE_ROWS 64u

struct code {
    unsigned char bytes[256];
    size_t size;
    uint64_t vaddr; // where it is to lie
    bool no_stack;  // nothing may be written below the stack pointer
    size_t data;    // bytes at the end that are no instructions
    struct code_row rows[CODE_ROWS];
    size_t row_count;
};
// What is written from now on runs with registers like this: see struct code_row, whose at it sets.
void rewrite_emit_row(struct code *code, struct code_row row);
// How an instruction is written elsewhere. Bits.
enum emit_variant { EMIT_IMMEDIATE = 1, EMIT_DISPLACEMENT = 2, EMIT_VARIANTS = 4 };
void rewrite_emit(struct code *code, const void *bytes, size_t size);
// A near branch of an opcode of one or two bytes; false if the target is out of reach.
bool rewrite_emit_branch(struct code *code, const unsigned char *opcode, size_t size, uint64_t target);
// What an instruction does, at another place: false if that cannot be done (in this way). step varies the two
// parts of what is split.
bool rewrite_emit_insn(struct code *code, const struct insn *insn, unsigned variant, unsigned step);
// NULL if the instruction can be moved, else why not.
const char *rewrite_why_fixed(const struct insn *insn);

// --- move.c ---

// Code for the area, written for the place code->vaddr. attempt counts from 0.
typedef bool (*area_writer)(void *context, struct code *code, unsigned attempt);
// Puts code into the area and, at vaddr, a branch to it with this opcode (opcode_size bytes), filled up with
// INT3 to size bytes; at the first place in the area where neither is a pattern. code tells what was put.
bool rewrite_place(struct rewrite *rw, area_writer writer, void *context, uint64_t vaddr, size_t size,
                   const unsigned char *opcode, size_t opcode_size, struct code *code);
// Takes a pattern out of code, by the smallest change that does.
void rewrite_code_hit(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t place);

// --- banned.c ---

struct mpk_symbols;
// An undefined symbol that a relocation refers to. False stops.
typedef bool (*import_visit)(void *context, const struct mpk_symbols *symbols, size_t index,
                             const char *name);
// Calls visit for each of the object's. False if that did, or memory is out.
bool rewrite_each_import(struct rewrite *rw, import_visit visit, void *context);
bool rewrite_is_banned_name(const char *name);
// An intended instruction.
void rewrite_intended(struct rewrite *rw, struct mpk_rewrite_site *site, const struct insn *insn,
                      const struct function *function);
// The undefined symbols of banned names become the object's own, hidden, and lead to stubs. False when memory
// is out.
bool rewrite_imports(struct rewrite *rw);

// --- bind.c ---

// Binds what the object calls to the client libraries. False (with *error) if one of them has nothing of
// that, or memory is out.
bool rewrite_bind(struct rewrite *rw, struct mpk_elf_error *error);

// --- pages.c ---

// Whether a byte of the hit lies outside the part of the file that its executable PT_LOAD asks for.
bool rewrite_is_at_edge(struct rewrite *rw, const struct mpk_rewrite_site *site);
// Takes a pattern that is not in code out of what is mapped executable.
void rewrite_page_hit(struct rewrite *rw, struct mpk_rewrite_site *site);

// --- unwind.c ---

// One piece of added code.
struct code_piece {
    uint64_t vaddr;
    size_t size;   // bytes of instructions
    size_t row_at; // its first row, in all of them
    size_t row_count;
};
// Makes room for one more piece. False when memory is out.
bool rewrite_reserve_piece(struct rewrite *rw);
// Keeps a piece, for which there is room.
void rewrite_add_piece(struct rewrite *rw, const struct code *code);

struct unwind {
    // A PT_GNU_EH_FRAME and the frames that it names besides the object's own, as they are at an address.
    unsigned char *frames;
    size_t size;
    size_t header_size; // of it
    // The same frames as the contents of a .debug_frame, which is where gdb looks for more.
    unsigned char *debug;
    size_t debug_size;
};
// Makes tables for the area, for vaddr, which is a multiple of 8. There are none (size 0) without added code,
// or if the object's own are not as linkers make them. False when memory is out. Free both.
bool rewrite_unwind(struct rewrite *rw, uint64_t vaddr, struct unwind *unwind);

// --- layout.c ---

// Writes the new file. False (with *error) if there is no room for the headers, or memory is out.
bool rewrite_layout(struct rewrite *rw, struct mpk_elf_error *error);

// --- build-id.c ---

// Where the build-id of the object lies in the file: its size, or 0 if there is none.
size_t rewrite_find_build_id(const struct rewrite *rw, uint64_t *offset);
// Writes a new build-id, made of the old one and of what has changed, over size bytes at offset, and both
// into the result.
void rewrite_stamp(struct rewrite *rw, uint64_t offset, size_t size);

// --- show.c ---

// Disassembles size bytes at vaddr, as they are now, into the lines after the change.
void rewrite_show(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t vaddr, uint64_t size);

#endif
