// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Gate imports: the records that MPKGate.so left in client objects. They are client data (A56): everything
// they refer to must lie inside the object's own segments.
#include "plan-build.h"

#include "die.h"
#include "mpkgate-abi.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { IMPORTS_MAX = 65536, NAME_MAX_SIZE = 4096 };

static const char recompile[] = "compile the object again with -fpass-plugin=MPKGate.so, and link it with an "
                                "ordinary linker";

// The PT_LOAD whose first `size_of` bytes hold [address, address + size); size_of: file part or memory.
static const Elf64_Phdr *load_of(const struct mpk_elf *elf, uint64_t address, uint64_t size, bool in_file) {
    size_t count;
    const Elf64_Phdr *load = mpk_elf_loads(elf, &count);
    for (size_t i = 0; i < count; i++) {
        uint64_t extent = in_file ? load[i].p_filesz : load[i].p_memsz;
        if (address >= load[i].p_vaddr && size <= extent && address - load[i].p_vaddr <= extent - size)
            return &load[i];
    }
    return NULL;
}

static bool is_read_only(const struct mpk_elf *elf, uint64_t address, uint64_t size) {
    const Elf64_Phdr *load = load_of(elf, address, size, true);
    return load != NULL && (load->p_flags & PF_W) == 0 && (load->p_flags & PF_R) != 0;
}

// A NUL-terminated string wholly in a non-writable PT_LOAD, or NULL.
static const char *read_only_string(const struct mpk_elf *elf, uint64_t address) {
    const Elf64_Phdr *load = load_of(elf, address, 1, true);
    if (load == NULL || (load->p_flags & PF_W) != 0)
        return NULL;
    uint64_t room = load->p_vaddr + load->p_filesz - address;
    room = room < NAME_MAX_SIZE ? room : NAME_MAX_SIZE;
    const char *string = (const char *)mpk_elf_at(elf, address, room);
    return string != NULL && memchr(string, '\0', room) != NULL ? string : NULL;
}

// Who has imports: a client object, or a vault image.
struct importer {
    const struct mpk_elf *elf;
    const char *path;
    uint32_t number; // of the object, or of the vault
    enum mpkgate_caller caller;
};

_Noreturn static void refuse_record(const struct importer *object, size_t index, const char *why) {
    die(MPK_RUN_REFUSED, recompile, "%s: gate import %zu: %s (A56)", object->path, index, why);
}

static void check_slot(const struct importer *object, size_t index, uint64_t slot) {
    const Elf64_Phdr *load = load_of(object->elf, slot, sizeof(struct mpkgate_slot), false);
    if (load == NULL || (load->p_flags & PF_W) == 0)
        refuse_record(object, index, "its slot does not lie in a writable segment of the object");
    if (slot % sizeof(uint64_t) != 0)
        refuse_record(object, index, "its slot is not aligned");
}

// The ULK carries the block and lends nobody's memory; and it leaves alone what only the full gate switches.
static void check_ulk(const struct importer *object, const struct vaults *vaults, const char *name,
                      const struct vault_function *function) {
    static const char rebuild[] =
        "build the image as libvault is built (mpk-run --verbose names the instruction)";
    const struct vault *vault = &vaults->vault[function->vault];
    bool is_vault = object->caller == MPKGATE_CALLER_VAULT;
    if (function->export.argument_count != 0)
        die(MPK_RUN_REFUSED,
            is_vault
                ? "between two vaults only values can be passed: integers, floating point, small structures"
                : "call this vault by the direct gate (--gate NAME=direct), or pass values",
            "%s calls %s, a function with pointers, by the ULK gate", object->path, name);
    if (!vault->is_lean)
        die(MPK_RUN_REFUSED, rebuild,
            "%s calls %s by the ULK gate, but the image %s is not one for the lean gate", object->path, name,
            vault->path);
    if (is_vault && !vaults->vault[object->number].is_lean)
        die(MPK_RUN_REFUSED, rebuild, "the image %s calls another vault, but is not one for the lean gate",
            object->path);
    if (is_vault && function->vault == object->number)
        die(MPK_RUN_REFUSED, "call it in the translation unit that defines it, or through another function",
            "the image %s calls its own function %s through a gate", object->path, name);
}

// Resolves the record at vaddr `at`.
static struct mpkgate_plan_import resolve_record(const struct importer *object, size_t index, uint64_t at,
                                                 const struct vaults *vaults) {
    struct mpkgate_import record;
    memcpy(&record, mpk_elf_at(object->elf, at, sizeof(record)), sizeof(record));
    const char *name = read_only_string(object->elf, at + offsetof(struct mpkgate_import, name) +
                                                         (uint64_t)(int64_t)record.name);
    if (name == NULL)
        refuse_record(object, index, "its name does not lie in a read-only segment of the object");
    uint64_t slot = at + offsetof(struct mpkgate_import, slot) + (uint64_t)(int64_t)record.slot;
    check_slot(object, index, slot);
    struct vault_function function;
    if (!vaults_find_function(vaults, name, &function)) {
        if (vaults->count == 1)
            die(MPK_RUN_REFUSED, "name another vault image with --vault, or correct the declaration",
                "%s calls %s, which the vault %s does not export", object->path, name, vaults->vault[0].path);
        die(MPK_RUN_REFUSED, "name its image with one more --vault, or correct the declaration",
            "%s calls %s, which none of the %" PRIu32 " vaults exports", object->path, name, vaults->count);
    }
    const struct vault *vault = &vaults->vault[function.vault];
    if (function.export.signature != record.signature)
        die(MPK_RUN_REFUSED, "compile both with the same header: type and MPK_GATE string must be the same",
            "%s and %s do not agree on %s: the signature is %016" PRIx64 " in the client and %016" PRIx64
            " in the vault",
            object->path, vault->path, name, record.signature, function.export.signature);
    if (object->caller == MPKGATE_CALLER_CLIENT && vault->gate == VAULT_FOR_VAULTS)
        die(MPK_RUN_REFUSED, "call it through another vault, or leave out --gate for it",
            "%s calls %s, but the vault %s is for other vaults alone", object->path, name, vault->name);
    bool is_ulk = object->caller == MPKGATE_CALLER_VAULT || vault->gate == VAULT_ULK;
    if (is_ulk)
        check_ulk(object, vaults, name, &function);
    verbose("%s: %s is gated (%s%s, %s, index %" PRIu64 ")", object->path, name, vault->name,
            is_ulk ? " by the ULK" : "", function.class_ == MPKGATE_CLASS_CRYPTO ? "crypto" : "manage",
            function.index);
    uint64_t size = is_ulk ? function.export.block_size : 0;
    return (struct mpkgate_plan_import){.object = object->number,
                                        .caller = (uint8_t)object->caller,
                                        .route = is_ulk ? MPKGATE_ROUTE_ULK : MPKGATE_ROUTE_DIRECT,
                                        .vault = (uint8_t)function.vault,
                                        .class_ = (uint8_t)function.class_,
                                        .slot = slot,
                                        .index = size << 32 | function.index};
}

static void resolve_importer(struct imports *imports, const struct importer *object,
                             const struct vaults *vaults) {
    struct mpk_section section;
    if (!mpk_elf_section(object->elf, MPKGATE_IMPORTS_SECTION, &section) || section.size == 0)
        return;
    if (section.size % sizeof(struct mpkgate_import) != 0 ||
        !is_read_only(object->elf, section.vaddr, section.size))
        die(MPK_RUN_REFUSED, recompile, "%s: section %s does not lie in a read-only segment (A56)",
            object->path, MPKGATE_IMPORTS_SECTION);
    size_t count = section.size / sizeof(struct mpkgate_import);
    if (count > IMPORTS_MAX - imports->count)
        die(MPK_RUN_REFUSED, NULL, "%s: more than %d gate imports", object->path, IMPORTS_MAX);
    imports->import = reallocate(imports->import, (imports->count + count) * sizeof(*imports->import));
    for (size_t i = 0; i < count; i++)
        imports->import[imports->count++] =
            resolve_record(object, i, section.vaddr + i * sizeof(struct mpkgate_import), vaults);
}

void imports_resolve(struct imports *imports, const struct process *process, const struct vaults *vaults) {
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        const struct importer importer = {object->elf, object->path, (uint32_t)i, MPKGATE_CALLER_CLIENT};
        if (object_is_client(object))
            resolve_importer(imports, &importer, vaults);
    }
    for (uint32_t i = 0; i < vaults->count; i++) {
        const struct importer importer = {vaults->vault[i].elf, vaults->vault[i].path, i,
                                          MPKGATE_CALLER_VAULT};
        resolve_importer(imports, &importer, vaults);
    }
}
