// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See vault.h.
#include "vault.h"

#include "copy.h"
#include "die.h"
#include "lean.h"
#include "locate.h"
#include "process.h"
#include "vault-abi.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

static void read_header(struct vault *vault) {
    struct mpk_symbol symbol;
    struct mpkgate_vault header;
    const unsigned char *bytes = NULL;
    if (mpk_elf_symbol(vault->elf, MPKGATE_VAULT_SYMBOL, &symbol))
        bytes = mpk_elf_at(vault->elf, symbol.vaddr, sizeof(header));
    if (bytes == NULL) // judge_vault has refused it
        die(MPK_RUN_FAILED, NULL, "%s: no " MPKGATE_VAULT_SYMBOL, vault->path);
    memcpy(&header, bytes, sizeof(header));
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
    judge_vault(vault->elf, vault->path);
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
