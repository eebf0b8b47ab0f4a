// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What means to do what it does: the instruction itself, functions of the names that MPKGate.so bans in
// source, and references to them. As the pass replaces them: instructions by a trap, functions by a stub.

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "elf-private.h"

bool rewrite_is_banned_name(const char *name) {
    static const char *const names[] = {"pkey_alloc", "pkey_free", "pkey_get", "pkey_set", "pkey_mprotect"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0)
            return true;
    }
    return strncmp(name, "mpk_", 4) == 0 || strncmp(name, "mpt_", 4) == 0;
}

#define NO_ERRNO ", but cannot set errno, which the object does not use"

// --- Stubs -------------------------------------------------------------------------------------------------

struct stub {
    enum mpk_banned banned;
    const char *name;
    uint64_t errno_slot;     // where the address of __errno_location() will be, or 0
    uint64_t errno_function; // where it is, if the object has it itself, or 0
    size_t code_size;        // without the message
};

static void emit_byte_and_word(struct code *code, unsigned char opcode, uint32_t value) {
    rewrite_emit(code, &opcode, 1);
    rewrite_emit(code, &value, sizeof(value));
}

static bool can_set_errno(const struct stub *stub) {
    return stub->errno_slot != 0 || stub->errno_function != 0;
}

// movl $EPERM, (__errno_location())
static bool emit_errno(const struct stub *stub, struct code *code) {
    static const unsigned char call_slot[] = {0xff, 0x15};
    static const unsigned char call[] = {0xe8};
    static const unsigned char store[] = {0xc7, 0x00, EPERM, 0, 0, 0};
    if (!can_set_errno(stub))
        return true;
    bool ok = stub->errno_function != 0
                  ? rewrite_emit_branch(code, call, sizeof(call), stub->errno_function)
                  : rewrite_emit_branch(code, call_slot, sizeof(call_slot), stub->errno_slot);
    rewrite_emit(code, store, sizeof(store));
    return ok;
}

// write(2, message, length); errno = EPERM; return -1
static bool emit_eperm(struct stub *stub, struct code *code) {
    static const unsigned char enter[] = {0x48, 0x83, 0xec, 0x08}; // sub $8, %rsp
    static const unsigned char leave[] = {0x48, 0xc7, 0xc0, 0xff, 0xff, 0xff,
                                          0xff, 0x48, 0x83, 0xc4, 0x08, 0xc3};
    static const unsigned char lea[] = {0x48, 0x8d, 0x35}; // message(%rip), %rsi
    static const unsigned char syscall[] = {0x0f, 0x05};
    char message[120];
    int length = snprintf(message, sizeof(message),
                          "%.40s was taken out by mpk-rewrite: it fails with EPERM\n", stub->name);
    rewrite_emit_row(code, (struct code_row){.lowered = 0});
    rewrite_emit(code, enter, sizeof(enter));
    rewrite_emit_row(code, (struct code_row){.lowered = 8});
    emit_byte_and_word(code, 0xb8, 1);                // mov $SYS_write, %eax
    emit_byte_and_word(code, 0xbf, 2);                // mov $2, %edi
    emit_byte_and_word(code, 0xba, (uint32_t)length); // mov $length, %edx
    // The message lies behind the code, whose length is known when it is written: so it is written twice.
    uint64_t at = code->size;
    for (unsigned pass = 0; pass < 2; pass++) {
        uint64_t end = pass == 0 ? code->size : stub->code_size;
        code->size = at;
        if (!rewrite_emit_branch(code, lea, sizeof(lea), code->vaddr + end))
            return false;
        rewrite_emit(code, syscall, sizeof(syscall));
        if (!emit_errno(stub, code))
            return false;
        rewrite_emit(code, leave, sizeof(leave));
        stub->code_size = code->size;
    }
    code->size--; // in front of the RET
    rewrite_emit_row(code, (struct code_row){.lowered = 0});
    code->size++;
    rewrite_emit(code, message, (size_t)length);
    code->data = (size_t)length;
    return true;
}

static bool write_stub(void *context, struct code *code, unsigned attempt) {
    static const unsigned char trap[] = {0x0f, 0x0b};
    struct stub *stub = context;
    (void)attempt;
    if (stub->banned == MPK_BANNED_EPERM)
        return emit_eperm(stub, code);
    rewrite_emit_row(code, (struct code_row){.lowered = 0});
    rewrite_emit(code, trap, sizeof(trap));
    stub->code_size = code->size;
    return true;
}

struct errno_search {
    const struct rewrite *rw;
    const struct mpk_symbols *symbols;
    uint64_t slot;
};

static void visit_slot(void *context, const Elf64_Rela *rela, uint64_t vaddr) {
    struct errno_search *search = context;
    uint64_t type = ELF64_R_TYPE(rela->r_info);
    uint64_t index = ELF64_R_SYM(rela->r_info);
    (void)vaddr;
    if ((type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT) || index >= search->symbols->limit)
        return;
    Elf64_Sym symbol = mpk_symbols_get(search->rw->elf, search->symbols, index);
    const char *name = mpk_elf_string(search->rw->elf, symbol.st_name);
    if (name != NULL && strcmp(name, "__errno_location") == 0)
        search->slot = rela->r_offset;
}

static uint64_t find_errno_function(const struct rewrite *rw) {
    struct mpk_symbol found;
    if (mpk_elf_symbol(rw->elf, "__errno_location", &found) && ELF64_ST_TYPE(found.info) == STT_FUNC)
        return found.vaddr;
    for (size_t i = 0; i < rw->marks.symbol_count; i++) {
        const struct place_symbol *symbol = &rw->marks.symbols[i];
        if (symbol->type == STT_FUNC && strcmp(symbol->name, "__errno_location") == 0)
            return symbol->place;
    }
    return 0;
}

static void find_errno(struct rewrite *rw, const struct mpk_symbols *symbols, struct stub *stub) {
    struct errno_search search = {.rw = rw, .symbols = symbols};
    mpk_elf_each_rela(rw->elf, visit_slot, &search);
    stub->errno_slot = search.slot;
    stub->errno_function = find_errno_function(rw);
}

// --- Instructions, and functions that hold them ------------------------------------------------------------

static const char *function_name(struct rewrite *rw, const struct function *function) {
    struct place_symbol symbol =
        mpk_symbol_at(&rw->marks, mpk_section_at(&rw->marks, function->start), function->start);
    return symbol.name != NULL && symbol.place == function->start ? symbol.name : "";
}

// The function's first instructions become a jump to a stub; what is behind it is not reached any more.
static bool replace_function(struct rewrite *rw, struct mpk_rewrite_site *site,
                             const struct function *function, const char *name) {
    static const unsigned char jump[] = {0xe9};
    struct mpk_symbols symbols;
    struct code code;
    struct insn first;
    if (!mpk_symbols_find(rw->elf, &symbols, NULL))
        return false;
    struct stub stub = {.banned = rw->wish->banned, .name = name};
    find_errno(rw, &symbols, &stub);
    mpk_symbols_free(&symbols);
    uint64_t start = function->start;
    if (!rewrite_decode(rw, start, function->end, &first))
        return false;
    if (first.info.mnemonic == ZYDIS_MNEMONIC_ENDBR64)
        start += first.size;
    if (function->end - start < 5 ||
        !rewrite_place(rw, write_stub, &stub, start, 5, jump, sizeof(jump), &code))
        return false;
    rewrite_show(rw, site, start, 5);
    rewrite_show(rw, site, code.vaddr, stub.code_size);
    rewrite_tell(site, MPK_REWRITE_EPERM, "the instruction itself: the function fails with EPERM now%s",
                 can_set_errno(&stub) ? "" : NO_ERRNO);
    return true;
}

void rewrite_intended(struct rewrite *rw, struct mpk_rewrite_site *site, const struct insn *insn,
                      const struct function *function) {
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    const char *name = function_name(rw, function);
    if (rw->wish->banned == MPK_BANNED_KEEP) {
        rewrite_tell(site, MPK_REWRITE_LEFT, "the instruction itself: it is meant to be there");
        return;
    }
    memset(bytes, 0xcc, sizeof(bytes));
    bytes[0] = 0x0f; // UD2
    bytes[1] = 0x0b;
    if (!rewrite_put(rw, insn->vaddr, bytes, insn->size)) {
        rewrite_tell(site, MPK_REWRITE_LEFT,
                     "a trap in its place would make a pattern with what is beside it");
        return;
    }
    rewrite_show(rw, site, insn->vaddr, insn->size);
    rewrite_tell(site, MPK_REWRITE_TRAP, "the instruction itself: it ends the program now");
    if (rw->wish->banned == MPK_BANNED_EPERM && rewrite_is_banned_name(name))
        (void)replace_function(rw, site, function, name);
}

// --- References --------------------------------------------------------------------------------------------

static bool add_reference(struct rewrite *rw, const char *name, uint64_t entry, const struct code *code,
                          const struct stub *stub) {
    struct mpk_rewrite_site *site = rewrite_add_site(rw);
    if (site == NULL)
        return false;
    site->finding.vaddr = entry;
    if (!mpk_elf_offset(rw->elf, entry, &site->finding.offset))
        site->finding.offset = MPK_NOWHERE;
    mpk_copy_string(site->explanation.symbol, sizeof(site->explanation.symbol), name);
    snprintf(site->finding.text, sizeof(site->finding.text), "reference to %s", site->explanation.symbol);
    if (code == NULL) {
        rewrite_tell(site, MPK_REWRITE_LEFT, "there is no room for its stub");
        return true;
    }
    rewrite_show(rw, site, code->vaddr, stub->code_size);
    bool fails = rw->wish->banned == MPK_BANNED_EPERM;
    rewrite_tell(site, fails ? MPK_REWRITE_EPERM : MPK_REWRITE_TRAP,
                 "bound to a stub at 0x%" PRIx64 " of the object's own, which %s%s", code->vaddr,
                 fails ? "fails with EPERM" : "ends the program",
                 fails && stub->errno_slot == 0 ? ", but cannot set errno, which the object does not use"
                                                : "");
    return true;
}

// Hidden: ld.so takes the object's own definition, and gives it to nobody else (do_lookup_x). The version
// that the reference wanted is none that the object defines, and linkers refuse a library with such a one.
static bool bind(struct rewrite *rw, const struct mpk_symbols *symbols, size_t index, const char *name) {
    struct stub stub = {.banned = rw->wish->banned, .name = name};
    struct code code;
    uint64_t offset;
    uint64_t entry = symbols->table + index * sizeof(Elf64_Sym);
    if (!mpk_elf_offset(rw->elf, entry, &offset))
        return true;
    find_errno(rw, symbols, &stub);
    if (!rewrite_place(rw, write_stub, &stub, 0, 0, NULL, 0, &code))
        return add_reference(rw, name, entry, NULL, &stub);
    Elf64_Sym symbol;
    memcpy(&symbol, rw->file + offset, sizeof(symbol));
    symbol.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC);
    symbol.st_other = STV_HIDDEN;
    symbol.st_shndx = 1; // any that is not SHN_UNDEF
    symbol.st_value = code.vaddr;
    symbol.st_size = stub.code_size;
    memcpy(rw->file + offset, &symbol, sizeof(symbol));
    bind_version_set(rw, index, VER_NDX_GLOBAL);
    return add_reference(rw, name, entry, &code, &stub);
}

bool rewrite_each_import(struct rewrite *rw, import_visit visit, void *context) {
    struct mpk_symbols symbols;
    bool ok = mpk_symbols_find(rw->elf, &symbols, NULL);
    for (size_t i = 1; ok && i < symbols.limit; i++) {
        if ((symbols.reach[i] & MPK_REACH_RELOCATION) == 0)
            continue;
        Elf64_Sym symbol = mpk_symbols_get(rw->elf, &symbols, i);
        const char *name = mpk_elf_string(rw->elf, symbol.st_name);
        if (symbol.st_shndx == SHN_UNDEF && name != NULL)
            ok = visit(context, &symbols, i, name);
    }
    mpk_symbols_free(&symbols);
    return ok;
}

static bool visit_import(void *context, const struct mpk_symbols *symbols, size_t index, const char *name) {
    return !rewrite_is_banned_name(name) || bind(context, symbols, index, name);
}

bool rewrite_imports(struct rewrite *rw) {
    return rw->wish->banned == MPK_BANNED_KEEP || rewrite_each_import(rw, visit_import, rw);
}
