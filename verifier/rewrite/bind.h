// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the files of --bind share.

#ifndef MPKGATE_REWRITE_BIND_H
#define MPKGATE_REWRITE_BIND_H

#include "rewrite-private.h"

struct mpk_symbols;

// Stands for a name that is no text: mpk_copy_string leaves what is there.
#define UNPRINTABLE "(unprintable name)"

// A function that the object has undefined and that a client library has.
struct bound {
    const char *name;
    size_t symbol;  // its index in the object's symbol table
    uint64_t entry; // and its entry's address there
    const char *to; // DT_SONAME of the client library
    char from[160]; // what it would have been bound to
    size_t sites;   // found
};

// --- bind-versions.c ---

// The version that a reference wants; name is NULL if it wants none. Strings are of the object.
struct bind_version {
    const char *name;
    const char *file; // DT_SONAME of the library that it was linked with
    bool hidden;      // ld.so takes no definition without this very version
};
struct bind_version bind_version_wanted(const struct mpk_elf *elf, size_t symbol);
// Whether ld.so takes the library's symbol for such a reference.
bool bind_version_fits(const struct bind_version *wanted, const struct mpk_elf *library, size_t symbol);
// Where the version index of a symbol lies, and what it is; false if there is none.
bool bind_version_place(const struct mpk_elf *elf, size_t symbol, uint64_t *vaddr, uint16_t *index);
// Gives a symbol of the new file another version index, if the file has versions.
void bind_version_set(struct rewrite *rw, size_t symbol, uint16_t index);

// --- bind-before.c ---

// Fills from of count functions: with the first DT_NEEDED that defines them, or else that their version
// names.
void bind_find_before(const struct mpk_elf *elf, struct bound *bound, size_t count);

// --- bind-sites.c ---

// Adds a site for each place that calls a function, or takes its address. bound ascends by symbol. NULL, or
// what is wrong with the object.
const char *bind_find_sites(struct rewrite *rw, struct bound *bound, size_t count);

// --- bind-dynamic.c ---

// Puts the client libraries in front of all others. False when memory is out.
bool bind_make_dynamic(struct rewrite *rw);

#endif
