// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See vault.h. The image is trusted, but a wrong one must end in a message here, not in a crash of the seal.
#include "vault.h"

#include "copy.h"
#include "die.h"
#include "lean.h"
#include "locate.h"
#include "vault-abi.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static const char rebuild[] = "link the vault with -shared -nostdlib -Wl,-Bsymbolic -Wl,--exclude-libs=ALL "
                              "and hidden visibility, so that "
                              "it needs nothing and exports mpkgate_vault alone";

static void refuse_segments(const struct vault *vault) {
    size_t count;
    const Elf64_Phdr *segment = mpk_elf_phdrs(vault->elf, &count);
    for (size_t i = 0; i < count; i++) {
        if (segment[i].p_type == PT_TLS)
            die(MPK_RUN_FAILED, "the vault cannot use thread-local storage: %fs is the client's (A33)",
                "%s: the vault image has a PT_TLS", vault->path);
        if (segment[i].p_type == PT_INTERP)
            die(MPK_RUN_FAILED, rebuild, "%s: the vault image has a PT_INTERP: it is a program", vault->path);
    }
}

static void refuse_tags(const struct vault *vault) {
    static const struct {
        int64_t tag;
        const char *name;
    } refused[] = {
        {DT_INIT, "DT_INIT: a constructor"},
        {DT_INIT_ARRAY, "DT_INIT_ARRAY: constructors"},
        {DT_PREINIT_ARRAY, "DT_PREINIT_ARRAY: constructors"},
        {DT_TEXTREL, "DT_TEXTREL: relocations in its code"},
        {DT_JMPREL, "DT_JMPREL: calls of functions that it does not have"},
        {DT_REL, "DT_REL: relocations of another machine"},
    };
    const char *needed = mpk_elf_dynamic_string(vault->elf, DT_NEEDED, 0);
    if (needed != NULL)
        die(MPK_RUN_FAILED, rebuild, "%s: the vault image has DT_NEEDED: it needs %s", vault->path, needed);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        uint64_t value;
        if (mpk_elf_dynamic_value(vault->elf, refused[i].tag, &value))
            die(MPK_RUN_FAILED, rebuild, "%s: the vault image has %s", vault->path, refused[i].name);
    }
}

static void check_relocations(const struct vault *vault) {
    uint64_t table, size;
    if (!mpk_elf_dynamic_value(vault->elf, DT_RELA, &table) ||
        !mpk_elf_dynamic_value(vault->elf, DT_RELASZ, &size))
        return;
    const unsigned char *bytes = mpk_elf_at(vault->elf, table, size);
    if (bytes == NULL || size % sizeof(Elf64_Rela) != 0)
        die(MPK_RUN_FAILED, rebuild, "%s: the vault image's relocation table is malformed", vault->path);
    for (uint64_t at = 0; at < size; at += sizeof(Elf64_Rela)) {
        Elf64_Rela relocation;
        memcpy(&relocation, bytes + at, sizeof(relocation));
        if (ELF64_R_TYPE(relocation.r_info) != R_X86_64_RELATIVE)
            die(MPK_RUN_FAILED, rebuild,
                "%s: the vault image has a relocation of type %u at 0x%" PRIx64
                "; only R_X86_64_RELATIVE is applied",
                vault->path, (unsigned)ELF64_R_TYPE(relocation.r_info), (uint64_t)relocation.r_offset);
    }
}

static bool is_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    const struct vault *vault = context;
    die(MPK_RUN_FAILED, "only the gates may load PKRU (A1, A3)", "%s: the vault image holds %s at 0x%" PRIx64,
        vault->path, pattern == MPK_PATTERN_WRPKRU ? "a WRPKRU" : "an XRSTOR", address);
}

static void read_header(struct vault *vault) {
    struct mpk_symbol symbol;
    if (!mpk_elf_symbol(vault->elf, MPKGATE_VAULT_SYMBOL, &symbol))
        die(MPK_RUN_FAILED, "name a vault image with --vault", "%s: no vault image: it does not export %s",
            vault->path, MPKGATE_VAULT_SYMBOL);
    struct mpkgate_vault header;
    const unsigned char *bytes = mpk_elf_at(vault->elf, symbol.vaddr, sizeof(header));
    if (bytes == NULL)
        die(MPK_RUN_FAILED, rebuild, "%s: %s lies outside the file", vault->path, MPKGATE_VAULT_SYMBOL);
    memcpy(&header, bytes, sizeof(header));
    if (header.magic != MPKGATE_VAULT_MAGIC)
        die(MPK_RUN_FAILED, rebuild, "%s: %s has a wrong magic number", vault->path, MPKGATE_VAULT_SYMBOL);
    if (header.version != MPKGATE_VAULT_VERSION || header.abi != MPKGATE_ABI_VERSION)
        die(MPK_RUN_FAILED, "build vault and mpk-run from the same release",
            "%s: the vault image has interface %u.%u, mpk-run has %u.%u", vault->path, header.version,
            header.abi, MPKGATE_VAULT_VERSION, MPKGATE_ABI_VERSION);
    vault->header = symbol.vaddr;
}

static void read_exports(struct vault *vault) {
    static const char *const section[MPKGATE_CLASSES] = {MPKGATE_EXPORTS_CRYPTO_SECTION,
                                                         MPKGATE_EXPORTS_MANAGE_SECTION};
    for (int class = 0; class < MPKGATE_CLASSES; class ++) {
        if (!mpk_elf_section(vault->elf, section[class], &vault->exports[class]))
            continue;
        uint64_t size = vault->exports[class].size;
        if (size % sizeof(struct mpkgate_export) != 0 ||
            mpk_elf_at(vault->elf, vault->exports[class].vaddr, size) == NULL)
            die(MPK_RUN_FAILED, "build vault and mpk-run from the same release",
                "%s: section %s is malformed", vault->path, section[class]);
        vault->export_count[class] = size / sizeof(struct mpkgate_export);
    }
    if (vault->export_count[MPKGATE_CLASS_CRYPTO] + vault->export_count[MPKGATE_CLASS_MANAGE] == 0)
        die(MPK_RUN_FAILED, "compile the vault with -fpass-plugin=MPKGate.so and MPK_GATE declarations",
            "%s: the vault image exports no function", vault->path);
}

void vault_open(struct vault *vault, const char *path) {
    *vault = (struct vault){.file = open_regular(path)};
    if (vault->file < 0)
        die_errno(MPK_RUN_FAILED, "name the vault image with --vault", "cannot open the vault image %s",
                  path);
    vault->path = real_path(vault->file, path);
    struct mpk_elf_error error;
    vault->elf = mpk_elf_open_fd(vault->file, vault->path, &error);
    if (vault->elf == NULL)
        die(MPK_RUN_FAILED, "name a vault image with --vault", "the vault image %s: %s", vault->path,
            error.text);
    if (mpk_elf_type(vault->elf) != ET_DYN)
        die(MPK_RUN_FAILED, rebuild, "%s: the vault image is not position-independent", vault->path);
    refuse_segments(vault);
    refuse_tags(vault);
    check_relocations(vault);
    struct mpk_scan scan;
    mpk_scan_begin(&scan, is_hit, vault);
    mpk_elf_scan(vault->elf, &scan);
    read_header(vault);
    read_exports(vault);
    char why[200];
    vault->is_lean = image_is_lean(vault->elf, why, sizeof(why));
    if (vault->is_lean)
        verbose("%s: every instruction is harmless to the state that the lean gate leaves alone: lean gate",
                vault->path);
    else
        verbose("%s: full gate: %s", vault->path, why);
}

// The string at the place that a 32-bit reference names: `field` is the reference's own address.
static bool name_matches(const struct mpk_elf *elf, uint64_t field, int32_t reference, const char *name) {
    size_t size = strlen(name) + 1;
    const unsigned char *bytes = mpk_elf_at(elf, field + (uint64_t)(int64_t)reference, size);
    return bytes != NULL && memcmp(bytes, name, size) == 0;
}

bool vault_find(const struct vault *vault, const char *name, enum mpkgate_class *class, uint64_t *index,
                uint64_t *signature) {
    for (int c = 0; c < MPKGATE_CLASSES; c++) {
        for (size_t i = 0; i < vault->export_count[c]; i++) {
            struct mpkgate_export export;
            uint64_t at = vault->exports[c].vaddr + i * sizeof(export);
            memcpy(&export, mpk_elf_at(vault->elf, at, sizeof(export)), sizeof(export));
            if (!name_matches(vault->elf, at + offsetof(struct mpkgate_export, name), export.name, name))
                continue;
            *class = (enum mpkgate_class)c;
            *index = i;
            *signature = export.signature;
            return true;
        }
    }
    return false;
}
