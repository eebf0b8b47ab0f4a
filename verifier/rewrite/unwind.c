// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Unwind tables for added code (DWARF 5, 6.4; LSB 5.0, 10.6). No call lies there, so only what interrupts a
// program at any instruction comes to it: a handler, a profiler, a debugger. A moved instruction is told to
// be a frame of its own that was interrupted in its turn, as that of a signal is, at the instruction that it
// stands for, with the registers of there: for what lies beyond, the function's own table holds as it did.

#include <stdlib.h>
#include <string.h>

#include "elf-private.h"
#include "rewrite-private.h"

enum dwarf_register { DWARF_RSP = 7, DWARF_RIP = 16 };
enum dwarf {
    DW_CFA_advance_loc = 0x40, // or-ed
    DW_CFA_offset = 0x80,      // or-ed
    DW_CFA_same_value = 0x08,
    DW_CFA_def_cfa = 0x0c,
    DW_CFA_def_cfa_offset = 0x0e,
    DW_CFA_val_expression = 0x16,
    DW_OP_breg0 = 0x70,
    DW_EH_PE_udata4 = 0x03,
    DW_EH_PE_absptr = 0x00,
    DW_EH_PE_pcrel_sdata4 = 0x1b,
    DW_EH_PE_datarel_sdata4 = 0x3b,
};
#define RED_ZONE 128u
#define SLOT 8u // of the stack

// --- Pieces ------------------------------------------------------------------------------------------------

bool rewrite_reserve_piece(struct rewrite *rw) {
    struct code_piece *pieces = reallocarray(rw->pieces, rw->piece_count + 1, sizeof(*pieces));
    rw->pieces = pieces != NULL ? pieces : rw->pieces;
    struct code_row *rows = reallocarray(rw->rows, rw->row_count + CODE_ROWS, sizeof(*rows));
    rw->rows = rows != NULL ? rows : rw->rows;
    return pieces != NULL && rows != NULL;
}

void rewrite_add_piece(struct rewrite *rw, const struct code *code) {
    rw->pieces[rw->piece_count++] = (struct code_piece){.vaddr = code->vaddr,
                                                        .size = code->size - code->data,
                                                        .row_at = rw->row_count,
                                                        .row_count = code->row_count};
    memcpy(rw->rows + rw->row_count, code->rows, code->row_count * sizeof(code->rows[0]));
    rw->row_count += code->row_count;
}

// --- Bytes -------------------------------------------------------------------------------------------------

struct buffer {
    unsigned char *bytes;
    size_t size;
    size_t capacity;
    bool no_memory;
};

static void put(struct buffer *buffer, const void *bytes, size_t size) {
    if (size > buffer->capacity - buffer->size && !buffer->no_memory) {
        size_t capacity = 2 * buffer->capacity + size;
        unsigned char *grown = realloc(buffer->bytes, capacity);
        buffer->no_memory = grown == NULL;
        buffer->bytes = grown != NULL ? grown : buffer->bytes;
        buffer->capacity = grown != NULL ? capacity : buffer->capacity;
    }
    if (buffer->no_memory)
        return;
    memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
}

static void put_byte(struct buffer *buffer, unsigned value) {
    unsigned char byte = (unsigned char)value;
    put(buffer, &byte, 1);
}

static void put_word(struct buffer *buffer, uint32_t value) {
    put(buffer, &value, sizeof(value));
}

static void put_uleb(struct buffer *buffer, uint64_t value) {
    for (; value >= 0x80; value >>= 7)
        put_byte(buffer, 0x80 | (value & 0x7f));
    put_byte(buffer, (unsigned)value);
}

static void put_sleb(struct buffer *buffer, int64_t value) {
    while (value < -0x40 || value >= 0x40) {
        put_byte(buffer, 0x80 | (value & 0x7f));
        value >>= 7; // of signed numbers, with this compiler, arithmetic
    }
    put_byte(buffer, value & 0x7f);
}

// An entry's length is known when it is written: filled up with DW_CFA_nop (0).
static size_t begin_entry(struct buffer *buffer) {
    put_word(buffer, 0);
    return buffer->size;
}

static void end_entry(struct buffer *buffer, size_t start) {
    while ((buffer->size - start + sizeof(uint32_t)) % SLOT != 0 && !buffer->no_memory)
        put_byte(buffer, 0);
    uint32_t length = (uint32_t)(buffer->size - start);
    if (!buffer->no_memory)
        memcpy(buffer->bytes + start - sizeof(length), &length, sizeof(length));
}

// --- Frames ------------------------------------------------------------------------------------------------

// What .eh_frame and .debug_frame differ in.
struct frames {
    struct buffer buffer;
    bool is_debug;
    uint64_t vaddr;  // of the buffer's start; of .debug_frame 0
    size_t cie[2];   // where they begin: of functions, and of what stands for other code
    uint64_t *entry; // of each piece: the address of its FDE
};

static size_t put_cie(struct frames *frames, bool is_signal) {
    struct buffer *buffer = &frames->buffer;
    size_t at = buffer->size;
    size_t start = begin_entry(buffer);
    put_word(buffer, frames->is_debug ? UINT32_MAX : 0);
    put_byte(buffer, 1); // version
    put(buffer, is_signal ? "zRS" : "zR", is_signal ? 4 : 3);
    put_uleb(buffer, 1); // code alignment
    put_sleb(buffer, -(int64_t)SLOT);
    put_byte(buffer, DWARF_RIP);
    put_uleb(buffer, 1);
    put_byte(buffer, frames->is_debug ? DW_EH_PE_absptr : DW_EH_PE_pcrel_sdata4);
    put_byte(buffer, DW_CFA_def_cfa);
    put_uleb(buffer, DWARF_RSP);
    put_uleb(buffer, is_signal ? 0 : SLOT);
    if (!is_signal) {
        put_byte(buffer, DW_CFA_offset | DWARF_RIP);
        put_uleb(buffer, 1);
    }
    end_entry(buffer, start);
    return at;
}

// RIP, as it would be there: as far from what it is as the two places are from each other.
static void put_stand_in(struct buffer *buffer, int64_t distance) {
    struct buffer expression = {.bytes = NULL};
    put_byte(&expression, DW_OP_breg0 + DWARF_RIP);
    put_sleb(&expression, distance);
    put_byte(buffer, DW_CFA_val_expression);
    put_uleb(buffer, DWARF_RIP);
    put_uleb(buffer, expression.size);
    buffer->no_memory = buffer->no_memory || expression.no_memory;
    put(buffer, expression.bytes, expression.size);
    free(expression.bytes);
}

static void put_row(struct buffer *buffer, const struct code_row *row, const struct code_row *last,
                    uint64_t vaddr) {
    put_byte(buffer, DW_CFA_def_cfa_offset);
    put_uleb(buffer, row->lowered + (row->stands_for == 0 ? SLOT : 0));
    if (row->stands_for != 0)
        put_stand_in(buffer, (int64_t)(row->stands_for - vaddr));
    for (unsigned i = 0; i < row->saved_count; i++) {
        put_byte(buffer, DW_CFA_offset | row->saved[i]);
        put_uleb(buffer, RED_ZONE / SLOT + 1 + i);
    }
    for (unsigned i = row->saved_count; last != NULL && i < last->saved_count; i++) {
        put_byte(buffer, DW_CFA_same_value);
        put_uleb(buffer, last->saved[i]);
    }
}

// A row for each instruction, since RIP counts from where it is.
static void put_rows(struct frames *frames, struct rewrite *rw, const struct code_piece *piece) {
    const struct code_row *row = rw->rows + piece->row_at;
    const struct code_row *end = row + piece->row_count;
    const struct code_row *last = NULL;
    const unsigned char *bytes = rw->area + (piece->vaddr - rw->area_vaddr);
    for (size_t at = 0; at < piece->size && row < end;) {
        struct insn insn;
        while (row + 1 < end && row[1].at <= at)
            row++;
        put_row(&frames->buffer, row, last, piece->vaddr + at);
        last = row;
        size_t size = rewrite_decode_bytes(bytes + at, piece->size - at, piece->vaddr + at, &insn)
                          ? insn.size
                          : piece->size - at;
        at += size;
        if (at < piece->size)
            put_byte(&frames->buffer, DW_CFA_advance_loc | (unsigned)size);
    }
}

static void put_fde(struct frames *frames, struct rewrite *rw, size_t index) {
    const struct code_piece *piece = &rw->pieces[index];
    struct buffer *buffer = &frames->buffer;
    bool is_stand_in = piece->row_count > 0 && rw->rows[piece->row_at].stands_for != 0;
    size_t cie = frames->cie[is_stand_in];
    frames->entry[index] = frames->vaddr + buffer->size;
    size_t start = begin_entry(buffer);
    put_word(buffer, (uint32_t)(frames->is_debug ? cie : start - cie));
    if (frames->is_debug) {
        const uint64_t range[] = {piece->vaddr, piece->size};
        put(buffer, range, sizeof(range));
    } else {
        put_word(buffer, (uint32_t)(piece->vaddr - (frames->vaddr + buffer->size)));
        put_word(buffer, (uint32_t)piece->size);
    }
    put_uleb(buffer, 0); // augmentation
    put_rows(frames, rw, piece);
    end_entry(buffer, start);
}

static void put_frames(struct frames *frames, struct rewrite *rw) {
    for (size_t i = 0; i < 2; i++)
        frames->cie[i] = put_cie(frames, i == 1);
    for (size_t i = 0; i < rw->piece_count; i++)
        put_fde(frames, rw, i);
    if (!frames->is_debug)
        put_word(&frames->buffer, 0);
}

// --- The table that is searched ----------------------------------------------------------------------------

// The object's own, as linkers make it.
struct search_table {
    uint64_t vaddr;
    uint64_t frames; // .eh_frame
    const unsigned char *entries;
    uint32_t count;
};
#define TABLE_HEAD 12u
#define TABLE_ENTRY 8u // two distances from the table's start

static int32_t word_at(const unsigned char *bytes) {
    int32_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

static bool read_table(const struct mpk_elf *elf, struct search_table *table) {
    static const unsigned char head[] = {1, DW_EH_PE_pcrel_sdata4, DW_EH_PE_udata4, DW_EH_PE_datarel_sdata4};
    const Elf64_Phdr *phdr = mpk_elf_phdr(elf, PT_GNU_EH_FRAME, 0);
    const unsigned char *bytes = phdr != NULL ? mpk_elf_at(elf, phdr->p_vaddr, phdr->p_filesz) : NULL;
    if (bytes == NULL || phdr->p_filesz < TABLE_HEAD || memcmp(bytes, head, sizeof(head)) != 0 ||
        mpk_elf_phdr(elf, PT_GNU_EH_FRAME, 1) != NULL)
        return false;
    *table = (struct search_table){.vaddr = phdr->p_vaddr,
                                   .frames = phdr->p_vaddr + sizeof(head) + (uint64_t)word_at(bytes + 4),
                                   .entries = bytes + TABLE_HEAD,
                                   .count = (uint32_t)word_at(bytes + 8)};
    return table->count <= (phdr->p_filesz - TABLE_HEAD) / TABLE_ENTRY;
}

static void put_distance(struct buffer *buffer, uint64_t from, uint64_t to, bool *is_near) {
    int64_t distance = (int64_t)(to - from);
    *is_near = *is_near && distance == (int32_t)distance;
    put_word(buffer, (uint32_t)distance);
}

// The area lies behind all code that was there, so its entries come last. False if an address is out of
// reach.
static bool put_table(struct buffer *buffer, const struct search_table *old, const struct rewrite *rw,
                      const struct frames *frames, uint64_t vaddr) {
    static const unsigned char head[] = {1, DW_EH_PE_pcrel_sdata4, DW_EH_PE_udata4, DW_EH_PE_datarel_sdata4};
    bool is_near = true;
    put(buffer, head, sizeof(head));
    put_distance(buffer, vaddr + sizeof(head), old->frames, &is_near);
    put_word(buffer, old->count + (uint32_t)rw->piece_count);
    for (size_t i = 0; i < (size_t)2 * old->count; i++)
        put_distance(buffer, vaddr, old->vaddr + (uint64_t)word_at(old->entries + i * sizeof(uint32_t)),
                     &is_near);
    for (size_t i = 0; i < rw->piece_count; i++) {
        put_distance(buffer, vaddr, rw->pieces[i].vaddr, &is_near);
        put_distance(buffer, vaddr, frames->entry[i], &is_near);
    }
    return is_near;
}

// --- Both --------------------------------------------------------------------------------------------------

static bool make(struct rewrite *rw, uint64_t vaddr, const struct search_table *old, struct unwind *unwind,
                 uint64_t *entry) {
    struct frames debug = {.is_debug = true, .entry = entry};
    size_t table_size = TABLE_HEAD + TABLE_ENTRY * (old->count + rw->piece_count);
    size_t header_size = (table_size + SLOT - 1) & ~(size_t)(SLOT - 1);
    struct frames frames = {.vaddr = vaddr + header_size, .entry = entry};
    struct buffer all = {.bytes = NULL};
    put_frames(&debug, rw);
    put_frames(&frames, rw);
    bool is_near = put_table(&all, old, rw, &frames, vaddr);
    while (all.size < header_size && !all.no_memory)
        put_byte(&all, 0);
    put(&all, frames.buffer.bytes, frames.buffer.size);
    bool ok = !all.no_memory && !frames.buffer.no_memory && !debug.buffer.no_memory;
    free(frames.buffer.bytes);
    *unwind = (struct unwind){.frames = all.bytes,
                              .size = is_near ? all.size : 0,
                              .header_size = table_size,
                              .debug = debug.buffer.bytes,
                              .debug_size = debug.buffer.size};
    return ok;
}

bool rewrite_unwind(struct rewrite *rw, uint64_t vaddr, struct unwind *unwind) {
    struct search_table old;
    *unwind = (struct unwind){.frames = NULL};
    if (rw->piece_count == 0 || !read_table(rw->elf, &old))
        return true;
    uint64_t *entry = calloc(rw->piece_count, sizeof(entry[0]));
    bool ok = entry != NULL && make(rw, vaddr, &old, unwind, entry);
    free(entry);
    return ok;
}
