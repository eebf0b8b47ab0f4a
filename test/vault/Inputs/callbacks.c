// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A client whose functions the vault asks in the middle of a call.
//   sign FILE          signs the file through vault_sign_stream; the signature (DER) goes to standard output
//   pump               moves bytes through the vault from one function to another, with a gated call inside
//   each give-up, lie       the reader fails; the reader claims more than it was asked for wrong-class
//   answers a request through the gate of the other class twice              answers a request twice
#include <mpkgate-abi.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vault-testing.h>
#include <vault.h>

static uint32_t key;
static unsigned calls;

static int64_t read_file(void *context, void *buffer, size_t size) {
    calls++;
    return (int64_t)fread(buffer, 1, size, context);
}

// r || s as DER, for openssl.
static void print_der(const uint8_t *raw, size_t half) {
    uint8_t der[160] = {0x30, 0};
    size_t at = 2;
    for (int i = 0; i < 2; i++, raw += half) {
        size_t skip = 0;
        while (skip < half - 1 && raw[skip] == 0)
            skip++;
        int pad = raw[skip] >= 0x80;
        der[at++] = 0x02;
        der[at++] = (uint8_t)(half - skip + (size_t)pad);
        at += (size_t)pad;
        memcpy(der + at, raw + skip, half - skip);
        at += half - skip;
    }
    der[1] = (uint8_t)(at - 2);
    fwrite(der, 1, at, stdout);
}

static int sign(const char *path) {
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 2;
    int32_t status = vault_sign_stream(key, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), read_file, file, signature,
                                       sizeof signature, &length);
    fprintf(stderr, "sign: status %d, %zu bytes, %u calls of the reader\n", status, length, calls);
    if (status == VAULT_SUCCESS)
        print_der(signature, length / 2);
    return status != VAULT_SUCCESS;
}

struct stream {
    uint64_t left, sum;
};

static int64_t give(void *context, void *buffer, size_t size) {
    struct stream *stream = context;
    uint8_t random[4];
    if (vault_generate_random(random, sizeof random) !=
        VAULT_SUCCESS) // another stack of the vault, meanwhile
        return -5;
    if (size > stream->left)
        size = stream->left;
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)buffer)[i] = (uint8_t)(stream->left * 7 + i * 13);
        stream->sum = stream->sum * 31 + ((uint8_t *)buffer)[i];
    }
    stream->left -= size;
    return (int64_t)size;
}

static int64_t take(void *context, const void *data, size_t size) {
    struct stream *stream = context;
    size = size > 300 ? 300 : size; // less than offered, as write(2) may
    for (size_t i = 0; i < size; i++)
        stream->sum = stream->sum * 31 + ((const uint8_t *)data)[i];
    stream->left += size;
    return (int64_t)size;
}

static int pump(void) {
    struct stream from = {.left = 123457}, to = {0};
    int64_t moved = vault_test_pump(give, &from, take, &to);
    printf("pump: moved %lld, received %llu, sums %s\n", (long long)moved, (unsigned long long)to.left,
           from.sum == to.sum ? "equal" : "different");
    return 0;
}

static int64_t give_up(void *context, void *buffer, size_t size) {
    (void)context, (void)buffer, (void)size;
    return -42;
}

static int64_t lie(void *context, void *buffer, size_t size) {
    (void)context, (void)buffer;
    return (int64_t)size + 1;
}

static int with_reader(const char *name, int64_t (*reader)(void *, void *, size_t)) {
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    struct stream to = {0};
    int32_t none = vault_sign_stream(key, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), NULL, NULL, signature,
                                     sizeof signature, &length);
    printf("no reader: %d\n", none);
    int32_t status = vault_sign_stream(key, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), reader, NULL, signature,
                                       sizeof signature, &length);
    printf("%s: sign_stream %d, pump %lld\n", name, status,
           (long long)vault_test_pump(reader, NULL, take, &to));
    return 0;
}

// By hand what the thunk does: the slots of this program, found through its own import records.
extern const struct mpkgate_import __start_mpkgate_imports[], __stop_mpkgate_imports[];

static const struct mpkgate_slot *slot_of(const char *name) {
    for (const struct mpkgate_import *i = __start_mpkgate_imports; i < __stop_mpkgate_imports; i++)
        if (strcmp((const char *)((uintptr_t)&i->name + (uintptr_t)(intptr_t)i->name), name) == 0)
            return (const struct mpkgate_slot *)((uintptr_t)&i->slot + (uintptr_t)(intptr_t)i->slot);
    abort();
}

typedef int64_t gate(void *block, uint64_t index);

struct pump_block {
    int64_t result;
    void *function[4];
    struct mpkgate_request request;
};

static int by_hand(int wrong_class) {
    static uint8_t buffer[512];
    const struct mpkgate_slot *slot = slot_of("vault_test_pump"), *other = slot_of("vault_destroy_key");
    struct pump_block block = {.function = {&key, &key, &key, &key},
                               .request = {.buffer = (uintptr_t)buffer, .buffer_size = sizeof buffer}};
    int64_t status = ((gate *)slot->entry)(&block, slot->index);
    printf("request: %s, %llu bytes wanted\n", status > 0 ? "yes" : "no",
           (unsigned long long)block.request.size);
    fflush(stdout);
    block.request.result = 0;
    if (wrong_class)
        ((gate *)other->entry)(&block, (uint64_t)status | MPKGATE_RESUME);
    int64_t end = ((gate *)slot->entry)(&block, (uint64_t)status | MPKGATE_RESUME);
    printf("first answer: %lld, result %lld\n", (long long)end, (long long)block.result);
    end = ((gate *)slot->entry)(&block, (uint64_t)status | MPKGATE_RESUME);
    printf("second answer: %lld\n", (long long)end);
    return 0;
}

int main(int argc, char **argv) {
    if (vault_open_key("signing", &key) != VAULT_SUCCESS)
        return 3;
    if (argc == 99)
        vault_destroy_key(key); // for its import record, the gate of class manage
    if (argc == 3 && strcmp(argv[1], "sign") == 0)
        return sign(argv[2]);
    if (argc == 2 && strcmp(argv[1], "pump") == 0)
        return pump();
    if (argc == 2 && strcmp(argv[1], "give-up") == 0)
        return with_reader("give-up", give_up);
    if (argc == 2 && strcmp(argv[1], "lie") == 0)
        return with_reader("lie", lie);
    if (argc == 2 && strcmp(argv[1], "wrong-class") == 0)
        return by_hand(1);
    if (argc == 2 && strcmp(argv[1], "twice") == 0)
        return by_hand(0);
    return 4;
}
