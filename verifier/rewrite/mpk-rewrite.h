// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes WRPKRU and XRSTOR out of a linked program or library whose source is not at hand: each pattern by the
// smallest change of machine code, or of program headers, that keeps the meaning. What cannot be shown to be
// code is not edited.
//
// The work rests on section headers, symbols and unwind tables, which nobody has verified, read by libelf,
// libdw and Zydis, which hostile files may crash, and which end the process when memory is out: it belongs
// into a process of its own. A hostile file can also lie about what is code, and so make the rewritten
// program do something else than it did; it cannot make it hold a pattern, because the result is scanned as a
// whole.
//
// Not thread-safe.

#ifndef MPKGATE_MPK_REWRITE_H
#define MPKGATE_MPK_REWRITE_H

#include "explain.h"

// What was done about one pattern, about one banned name, or about one call of a vault's function.
enum mpk_rewrite_how {
    MPK_REWRITE_LEFT = 0,  // nothing: it is still there
    MPK_REWRITE_REENCODED, // another encoding of the same instruction, in its place
    MPK_REWRITE_THUNK,     // a branch goes by way of a jump elsewhere, so that its offset is another one
    MPK_REWRITE_MOVED,     // the instruction lies elsewhere, with a jump there and back
    MPK_REWRITE_SPLIT,     // the same, and its constant or displacement is made of two
    MPK_REWRITE_DATA_PAGE, // its page, on which no code lies, is not executable any more
    MPK_REWRITE_PADDING,   // bytes that belong to nothing are zeros now
    MPK_REWRITE_PAGE_COPY, // the page is mapped from a copy without the neighbour's bytes
    MPK_REWRITE_TRAP,      // intended: ends the program now
    MPK_REWRITE_EPERM,     // intended: the function fails with EPERM now
    MPK_REWRITE_BESIDE,    // gone with the change for another pattern
    MPK_REWRITE_BOUND,     // what is called there is a client library's gate now
    MPK_REWRITE_HOWS
};
// "left", "re-encoded", ...; constant.
const char *mpk_rewrite_how_name(enum mpk_rewrite_how how);

// What becomes of references to pkey_*, mpk_* and mpt_*, and of a function of such a name.
enum mpk_banned {
    MPK_BANNED_TRAP = 0, // UD2
    MPK_BANNED_EPERM,    // says so on standard error, sets errno where the object knows it, returns -1
    MPK_BANNED_KEEP,     // nothing, and intended instructions stay, too: somebody else sees to them
};

#define MPK_REWRITE_LINES 24

struct mpk_rewrite_site {
    enum mpk_rewrite_how how;
    struct mpk_finding finding; // of a name: its size is 0 and its vaddr that of the symbol table's entry
    struct mpk_explanation explanation; // its class, section, symbol; lines are those before the change
    char text[240];                     // what was done, or why not; a full clause, no full stop
    // The same place, and what was added elsewhere for it, after the change.
    struct mpk_line after[MPK_REWRITE_LINES];
    uint32_t after_count;
    // Of a call that was bound: what it went to, and where it goes now. Else empty.
    char bound_from[160];
    char bound_to[160];
};

struct mpk_rewritten {
    unsigned char *file; // the new file
    size_t size;         // bytes
    struct mpk_rewrite_site *sites;
    size_t count;
    size_t before; // patterns
    size_t after;  // patterns in the new file, whatever sites say
    size_t bound;  // sites of that kind
    char old_build_id[2 * 64 + 1];
    char new_build_id[2 * 64 + 1]; // empty if there was none
};

#define MPK_LIBRARIES_MAX 16

// What is to be done.
struct mpk_rewrite_wish {
    enum mpk_banned banned;
    // Client libraries whose gates the object's calls are to be bound to: of two that have a function, the
    // first. Each has passed mpk_rewrite_check_library. At most MPK_LIBRARIES_MAX.
    const struct mpk_elf *libraries[MPK_LIBRARIES_MAX];
    size_t library_count;
};
// Whether calls can be bound to a library: it was compiled with the pass and calls a vault. Else fills
// *error.
bool mpk_rewrite_check_library(const struct mpk_elf *library, struct mpk_elf_error *error);

// Rewrites. elf must be linked (not ET_REL). Returns false and fills *error if it cannot be done at all: then
// there is no new file. Else mpk_rewritten_free is due. A file without patterns and banned names of which
// nothing is bound is given back byte for byte. Nothing is done if a library has no function that elf takes
// from elsewhere.
bool mpk_rewrite(const struct mpk_elf *elf, const struct mpk_rewrite_wish *wish, struct mpk_rewritten *result,
                 struct mpk_elf_error *error);
void mpk_rewritten_free(struct mpk_rewritten *result);

#define MPK_BUILD_ID_MAX 64 // bytes
// Copies the object's build-id (the first NT_GNU_BUILD_ID of a PT_NOTE). Returns its size in bytes, or 0 if
// there is none.
size_t mpk_elf_build_id(const struct mpk_elf *elf, unsigned char id[MPK_BUILD_ID_MAX]);

#endif
