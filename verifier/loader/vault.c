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
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define VAULT_NAME "vault.so"

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

// NAME=FILE, where NAME has neither a slash nor a dot; or FILE.
static const char *split_name(struct vault *vault, const char *definition) {
    size_t length = strcspn(definition, "=/.:");
    if (length != 0 && definition[length] == '=') {
        vault->name = format_string("%.*s", (int)length, definition);
        return definition + length + 1;
    }
    const char *slash = strrchr(definition, '/');
    const char *base = slash != NULL ? slash + 1 : definition;
    size_t size = strlen(base);
    size -= size > 3 && strcmp(base + size - 3, ".so") == 0 ? 3 : 0;
    vault->name = format_string("%.*s", (int)size, base);
    return definition;
}

static void vault_open(struct vault *vault, const char *definition) {
    const char *path = split_name(vault, definition);
    vault->file = open_regular(path);
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

void vaults_open(struct vaults *vaults, const char *const *definition, size_t count) {
    if (count > MPKGATE_VAULTS_MAX)
        die(MPK_RUN_FAILED, "put what may share its secrets into one image",
            "%zu vaults: each takes two of the CPU's protection keys, which are enough for %d", count,
            MPKGATE_VAULTS_MAX);
    if (count == 0)
        vault_open(&vaults->vault[vaults->count++], installed_file(VAULT_NAME));
    for (size_t i = 0; i < count; i++) {
        struct vault *vault = &vaults->vault[vaults->count];
        vault_open(vault, definition[i]);
        for (uint32_t other = 0; other < vaults->count; other++) {
            if (strcmp(vault->name, vaults->vault[other].name) == 0)
                die(MPK_RUN_FAILED, "name them: --vault NAME=FILE", "two vaults are called %s: %s and %s",
                    vault->name, vaults->vault[other].path, vault->path);
        }
        vaults->count++;
    }
}

uint32_t vaults_find(const struct vaults *vaults, const char *name, const char *what) {
    for (uint32_t i = 0; i < vaults->count; i++) {
        if (strcmp(vaults->vault[i].name, name) == 0)
            return i;
    }
    die(MPK_RUN_FAILED, "a vault is called as its file is, without .so, or NAME with --vault NAME=FILE",
        "%s: there is no vault %s", what, name);
}

// The string at the place that a 32-bit reference names: `field` is the reference's own address.
static bool name_matches(const struct mpk_elf *elf, uint64_t field, int32_t reference, const char *name) {
    size_t size = strlen(name) + 1;
    const unsigned char *bytes = mpk_elf_at(elf, field + (uint64_t)(int64_t)reference, size);
    return bytes != NULL && memcmp(bytes, name, size) == 0;
}

void vaults_set_gate(struct vaults *vaults, const char *definition) {
    static const char *const kind[] = {
        [VAULT_DIRECT] = "direct", [VAULT_ULK] = "ulk", [VAULT_FOR_VAULTS] = "vaults"};
    const char *equals = strchr(definition, '=');
    size_t gate = 0;
    while (equals != NULL && gate <= VAULT_FOR_VAULTS && strcmp(equals + 1, kind[gate]) != 0)
        gate++;
    if (equals == NULL || gate > VAULT_FOR_VAULTS)
        die(MPK_RUN_FAILED, "for example --gate signer=ulk",
            "--gate %s: expected VAULT=direct, VAULT=ulk or VAULT=vaults", definition);
    char *name = format_string("%.*s", (int)(equals - definition), definition);
    char *what = format_string("--gate %s", definition);
    vaults->vault[vaults_find(vaults, name, what)].gate = (enum vault_gate)gate;
    free(what);
    free(name);
}

static bool find_in(const struct vault *vault, const char *name, struct vault_function *function) {
    for (int class = 0; class < MPKGATE_CLASSES; class ++) {
        for (size_t i = 0; i < vault->export_count[class]; i++) {
            uint64_t at = vault->exports[class].vaddr + i * sizeof(function->export);
            memcpy(&function->export, mpk_elf_at(vault->elf, at, sizeof(function->export)),
                   sizeof(function->export));
            if (!name_matches(vault->elf, at + offsetof(struct mpkgate_export, name), function->export.name,
                              name))
                continue;
            function->class_ = (enum mpkgate_class) class;
            function->index = i;
            return true;
        }
    }
    return false;
}

bool vaults_find_function(const struct vaults *vaults, const char *name, struct vault_function *function) {
    struct vault_function other;
    bool is_found = false;
    for (uint32_t i = 0; i < vaults->count; i++) {
        if (!find_in(&vaults->vault[i], name, &other))
            continue;
        if (is_found)
            die(MPK_RUN_REFUSED, "give each function of the process one vault",
                "%s is exported by two vaults: %s and %s", name, vaults->vault[function->vault].path,
                vaults->vault[i].path);
        other.vault = i;
        *function = other;
        is_found = true;
    }
    return is_found;
}
