// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See loopback.h. Compiled without the pass. Trusts its caller: the checks are the real vault's business.
#include "loopback.h"
#include "mpkgate-abi.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct mpkgate_import __start_mpkgate_imports[] __attribute__((weak));
extern const struct mpkgate_import __stop_mpkgate_imports[] __attribute__((weak));
extern const struct mpkgate_export __start_mpkgate_exports_crypto[] __attribute__((weak));
extern const struct mpkgate_export __stop_mpkgate_exports_crypto[] __attribute__((weak));
extern const struct mpkgate_export __start_mpkgate_exports_manage[] __attribute__((weak));
extern const struct mpkgate_export __stop_mpkgate_exports_manage[] __attribute__((weak));

int loopback_calls[2];
static int refusal;

static void *follow(const int32_t *field) {
    return (char *)field + *field;
}

static uint64_t load(const void *from, size_t width) {
    uint64_t value = 0;
    memcpy(&value, from, width);
    return value;
}

static uint64_t length_of(const struct mpkgate_argument *argument, const char *block, const char *client) {
    if (argument->length_kind == MPKGATE_LENGTH_CONSTANT)
        return argument->length;
    if (argument->length_kind == MPKGATE_LENGTH_ARGUMENT)
        return load(block + argument->length, argument->length_width) * argument->unit;
    return strnlen(client, argument->length - 1) + 1;
}

static int64_t pass(const struct mpkgate_export *function, char *client_block) {
    _Alignas(64) char block[MPKGATE_BLOCK_MAX];
    const struct mpkgate_argument *table = follow(&function->arguments);
    char *client[MPKGATE_ARGUMENTS_MAX];
    char *copy[MPKGATE_ARGUMENTS_MAX];
    uint64_t length[MPKGATE_ARGUMENTS_MAX];
    memcpy(block, client_block, function->block_size);
    for (uint32_t i = 0; i < function->argument_count; i++) {
        client[i] = (char *)load(block + table[i].pointer, sizeof(void *));
        length[i] = length_of(&table[i], block, client[i]);
        copy[i] = calloc(1, length[i] ? length[i] : 1);
        if (table[i].direction & MPKGATE_IN)
            memcpy(copy[i], client[i], length[i]);
        memcpy(block + table[i].pointer, &copy[i], sizeof(void *));
    }
    ((void (*)(void *))follow(&function->call))(block);
    for (uint32_t i = 0; i < function->argument_count; i++) {
        if (table[i].used != MPKGATE_NO_OFFSET)
            length[i] =
                load((char *)load(block + table[i].used, sizeof(void *)), sizeof(size_t)) * table[i].unit;
        if (table[i].direction & MPKGATE_OUT)
            memcpy(client[i], copy[i], length[i]);
    }
    for (uint32_t i = 0; i < function->argument_count; i++)
        free(copy[i]);
    memcpy(client_block + function->return_offset, block + function->return_offset, function->return_size);
    return MPKGATE_CALLED;
}

static int64_t crypto_gate(void *block, uint64_t index) {
    loopback_calls[MPKGATE_CLASS_CRYPTO]++;
    return refusal ? refusal : pass(&__start_mpkgate_exports_crypto[index], block);
}

static int64_t manage_gate(void *block, uint64_t index) {
    loopback_calls[MPKGATE_CLASS_MANAGE]++;
    return refusal ? refusal : pass(&__start_mpkgate_exports_manage[index], block);
}

static int fill(const struct mpkgate_import *import, const struct mpkgate_export *exports, size_t count,
                int64_t (*gate)(void *, uint64_t)) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(follow(&import->name), follow(&exports[i].name)) != 0 ||
            import->signature != exports[i].signature)
            continue;
        struct mpkgate_slot *slot = follow(&import->slot);
        slot->entry = (uint64_t)gate;
        slot->index = i;
        return 1;
    }
    return 0;
}

void loopback_seal(void) {
    size_t crypto = __stop_mpkgate_exports_crypto - __start_mpkgate_exports_crypto;
    size_t manage = __stop_mpkgate_exports_manage - __start_mpkgate_exports_manage;
    for (const struct mpkgate_import *import = __start_mpkgate_imports; import < __stop_mpkgate_imports;
         import++) {
        if (fill(import, __start_mpkgate_exports_crypto, crypto, crypto_gate) ||
            fill(import, __start_mpkgate_exports_manage, manage, manage_gate))
            continue;
        fprintf(stderr, "no export for %s, signature %016lx\n", (char *)follow(&import->name),
                import->signature);
        exit(1);
    }
}

void loopback_refuse(int with) {
    refusal = with;
}
