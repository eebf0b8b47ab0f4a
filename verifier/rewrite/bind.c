// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Binds what a program calls to the gates of client libraries (--bind). ld.so looks a symbol up in the
// program, then in its DT_NEEDED in their order (glibc, _dl_lookup_symbol_x over l_searchlist), so a client
// library that comes first is what the calls reach; no machine code changes. What the program would not take
// from that library because of a symbol version loses its version.

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "elf-private.h"
#include "mpkgate-abi.h"

// A function that a client library has for others.
struct gate {
    const char *name;
    size_t library;
    size_t symbol;
};

struct bind {
    struct rewrite *rw;
    struct gate *gates; // by name, then in the order of the libraries
    size_t gate_count;
    struct bound *bound;
    size_t bound_count;
    size_t own; // functions of the object's own that have the name of a gate
    char first_own[128];
    bool no_memory;
};

__attribute__((format(printf, 2, 3))) static bool fail(struct mpk_elf_error *error, const char *format, ...) {
    va_list arguments;
    *error = (struct mpk_elf_error){.status = MPK_ELF_WRONG_KIND};
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

static bool out_of_memory(struct mpk_elf_error *error) {
    *error = (struct mpk_elf_error){.status = MPK_ELF_NO_MEMORY, .text = "does not fit into memory"};
    return false;
}

// --- The client libraries ----------------------------------------------------------------------------------

static bool has_gates(const struct mpk_elf *library) {
    struct mpk_section section;
    return mpk_elf_section(library, MPKGATE_IMPORTS_SECTION, &section) && section.size > 0 &&
           section.size % sizeof(struct mpkgate_import) == 0;
}

bool mpk_rewrite_check_library(const struct mpk_elf *library, struct mpk_elf_error *error) {
    const char *name = mpk_elf_dynamic_string(library, DT_SONAME, 0);
    if (!has_gates(library))
        return fail(error, "has no gates: compile it with clang -fpass-plugin=MPKGate.so and the vault's "
                           "header, or name the library that is (libmpkgate-psa.so)");
    if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL)
        return fail(error, "has no DT_SONAME by which ld.so would find it: link it with -Wl,-soname");
    return true;
}

static const char *name_of(const struct rewrite *rw, size_t library) {
    return mpk_elf_dynamic_string(rw->wish->libraries[library], DT_SONAME, 0);
}

static int by_name(const void *left, const void *right) {
    const struct gate *a = left;
    const struct gate *b = right;
    int order = strcmp(a->name, b->name);
    if (order != 0)
        return order;
    if (a->library != b->library)
        return a->library < b->library ? -1 : 1;
    return (a->symbol > b->symbol) - (a->symbol < b->symbol);
}

static bool is_exported_function(const Elf64_Sym *symbol) {
    unsigned char binding = ELF64_ST_BIND(symbol->st_info);
    unsigned char visibility = ELF64_ST_VISIBILITY(symbol->st_other);
    return symbol->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
           (binding == STB_GLOBAL || binding == STB_WEAK) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

static void add_gates(struct bind *bind, size_t library) {
    const struct mpk_elf *elf = bind->rw->wish->libraries[library];
    struct mpk_symbols symbols;
    bool ok = mpk_symbols_find(elf, &symbols, NULL);
    bind->gates = ok ? reallocarray(bind->gates, bind->gate_count + symbols.limit + 1, sizeof(*bind->gates))
                     : bind->gates;
    for (size_t i = 1; ok && bind->gates != NULL && i < symbols.limit; i++) {
        Elf64_Sym symbol = mpk_symbols_get(elf, &symbols, i);
        const char *name = mpk_elf_string(elf, symbol.st_name);
        if ((symbols.reach[i] & MPK_REACH_BY_NAME) != 0 && name != NULL && is_exported_function(&symbol))
            bind->gates[bind->gate_count++] = (struct gate){name, library, i};
    }
    bind->no_memory = bind->no_memory || !ok || bind->gates == NULL;
    mpk_symbols_free(&symbols);
}

// The first gate of a name, or NULL.
static const struct gate *find_gate(const struct bind *bind, const char *name) {
    size_t low = 0;
    size_t high = bind->gate_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(bind->gates[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < bind->gate_count && strcmp(bind->gates[low].name, name) == 0 ? &bind->gates[low] : NULL;
}

// --- Functions ---------------------------------------------------------------------------------------------

static bool tell_left(struct bind *bind, const char *name, uint64_t vaddr, const char *why) {
    struct mpk_rewrite_site *site = rewrite_add_site(bind->rw);
    if (site == NULL)
        return false;
    site->finding.vaddr = vaddr;
    if (!mpk_elf_offset(bind->rw->elf, vaddr, &site->finding.offset))
        site->finding.offset = MPK_NOWHERE;
    mpk_copy_string(site->explanation.symbol, sizeof(site->explanation.symbol), name);
    snprintf(site->finding.text, sizeof(site->finding.text), "function %s", site->explanation.symbol);
    rewrite_tell(site, MPK_REWRITE_LEFT, "%s", why);
    return true;
}

// The first gate of a name that ld.so takes for a reference that wants this version, from the first gate of
// the name on; or NULL.
static const struct gate *find_fit(const struct bind *bind, const struct gate *first,
                                   const struct bind_version *wanted) {
    const struct gate *end = bind->gates + bind->gate_count;
    for (const struct gate *gate = first; gate < end && strcmp(gate->name, first->name) == 0; gate++) {
        if (bind_version_fits(wanted, bind->rw->wish->libraries[gate->library], gate->symbol))
            return gate;
    }
    return NULL;
}

// By the version that the symbol wants; or, if no gate has it, by none, which the symbol then wants.
static const struct gate *choose_gate(struct bind *bind, const struct gate *first, size_t symbol) {
    static const struct bind_version none = {.name = NULL};
    struct bind_version wanted = bind_version_wanted(bind->rw->elf, symbol);
    const struct gate *gate = find_fit(bind, first, &wanted);
    if (gate != NULL)
        return gate;
    gate = find_fit(bind, first, &none);
    if (gate != NULL)
        bind_version_set(bind->rw, symbol, VER_NDX_GLOBAL);
    return gate;
}

static bool add_bound(struct bind *bind, const struct gate *first, const struct mpk_symbols *symbols,
                      size_t symbol) {
    struct rewrite *rw = bind->rw;
    uint64_t entry = symbols->table + symbol * sizeof(Elf64_Sym);
    const struct gate *gate = choose_gate(bind, first, symbol);
    rw->binding.used |= 1u << (gate != NULL ? gate : first)->library;
    if (gate == NULL)
        return tell_left(bind, first->name, entry,
                         "the client library has it in versions that are not the default");
    bind->bound = reallocarray(bind->bound, bind->bound_count + 1, sizeof(*bind->bound));
    if (bind->bound == NULL)
        return false;
    bind->bound[bind->bound_count++] = (struct bound){
        .name = gate->name, .symbol = symbol, .entry = entry, .to = name_of(rw, gate->library)};
    return true;
}

static bool visit_import(void *context, const struct mpk_symbols *symbols, size_t index, const char *name) {
    struct bind *bind = context;
    const struct gate *gate = find_gate(bind, name);
    return gate == NULL || add_bound(bind, gate, symbols, index);
}

static int by_symbol_name(const void *left, const void *right) {
    const struct place_symbol *const *a = left;
    const struct place_symbol *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

// Calls of the object's own functions never leave it. A function may be in two symbol tables.
static bool tell_own_functions(struct bind *bind) {
    const struct landmarks *marks = &bind->rw->marks;
    const struct place_symbol **own = calloc(marks->symbol_count + 1, sizeof(own[0]));
    bool ok = own != NULL;
    size_t count = 0;
    for (size_t i = 0; ok && i < marks->symbol_count; i++) {
        if (marks->symbols[i].type == STT_FUNC && find_gate(bind, marks->symbols[i].name) != NULL)
            own[count++] = &marks->symbols[i];
    }
    if (count > 0)
        qsort(own, count, sizeof(own[0]), by_symbol_name);
    for (size_t i = 0; ok && i < count; i++) {
        if (i > 0 && strcmp(own[i]->name, own[i - 1]->name) == 0)
            continue;
        if (bind->own++ == 0)
            mpk_copy_string(bind->first_own, sizeof(bind->first_own), own[i]->name);
        ok = tell_left(
            bind, own[i]->name, own[i]->place,
            "the file has this function itself, and calls that: link it against the shared library");
    }
    free(own);
    return ok;
}

// --- All of it ---------------------------------------------------------------------------------------------

// Each library was named for something.
static bool check_used(const struct bind *bind, struct mpk_elf_error *error) {
    const struct rewrite *rw = bind->rw;
    for (size_t i = 0; i < rw->wish->library_count; i++) {
        char library[64] = UNPRINTABLE;
        if ((rw->binding.used & 1u << i) != 0)
            continue;
        mpk_copy_string(library, sizeof(library), name_of(rw, i));
        if (bind->own > 0)
            return fail(
                error,
                "has %.60s and the like itself, so that nothing is bound to %.60s: link it against the "
                "shared library, not the archive",
                bind->first_own, library);
        return fail(
            error,
            "calls no function of %.60s, so that nothing would be bound: leave out --bind, or name the "
            "library that has what it calls",
            library);
    }
    return true;
}

static bool tell_sites(struct bind *bind, struct mpk_elf_error *error) {
    bind_find_before(bind->rw->elf, bind->bound, bind->bound_count);
    const char *wrong = bind_find_sites(bind->rw, bind->bound, bind->bound_count);
    return wrong == NULL || fail(error, "%s", wrong);
}

bool rewrite_bind(struct rewrite *rw, struct mpk_elf_error *error) {
    struct bind bind = {.rw = rw};
    if (rw->wish->library_count == 0)
        return true;
    for (size_t i = 0; i < rw->wish->library_count && !bind.no_memory; i++)
        add_gates(&bind, i);
    if (bind.gate_count > 0)
        qsort(bind.gates, bind.gate_count, sizeof(bind.gates[0]), by_name);
    bool ok = !bind.no_memory && rewrite_each_import(rw, visit_import, &bind) && tell_own_functions(&bind);
    if (!ok)
        (void)out_of_memory(error);
    ok = ok && check_used(&bind, error);
    if (ok && !bind_make_dynamic(rw))
        ok = out_of_memory(error);
    ok = ok && tell_sites(&bind, error);
    free(bind.gates);
    free(bind.bound);
    return ok;
}
