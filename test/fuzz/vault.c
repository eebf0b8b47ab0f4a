// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Properties: no sequence of calls with whatever argument blocks makes the vault read or write outside of its
// copies, overflow, leak or hang; a refused call changes nothing; every other call returns a PSA status; the
// keys from mpk-run stay as they are, still work, and are not seen in the client's memory.
//
// The vault's sources behind dispatch.c, on the host: its heap is malloc(), for AddressSanitizer; key memory
// lies below LIMIT. The input is a program of calls for a hostile client with an arena of its own. What a
// client could only hurt itself with is left out: addresses of its own that are not mapped.
#include "fuzz.h"

#include <mpkgate-abi.h>
#include <stdbool.h>
#include <string.h>
#include <vault-abi.h>
#include <vault-psa.h>

// From the library, for the range of identifiers.
#include <psa_crypto_core.h>
#include <psa_crypto_slot_management.h>

#include "boot.h"
#include "dispatch.h"
#include "heap.h"
#include "keynames.h"
#include "operations.h"
#include "psa-keys.h"
#include "random.h"

#define ARENA_SIZE 0x4000
#define ARENA_STEP 64
#define ARENA_ADDRESS ((unsigned char *)0x200000000000)
#define PAGE 4096
#define KEYS_ADDRESS ((unsigned char *)0x10000000) // below LIMIT; the sanitizer's shadow is not there
#define KEYS_SIZE 0x10000
#define HEAP_MAX 0x100000 // bytes in one piece
#define CALLS_MAX 32      // in one input

extern const struct mpkgate_export __start_mpkgate_exports_crypto[];
extern const struct mpkgate_export __stop_mpkgate_exports_crypto[];
extern const struct mpkgate_export __start_mpkgate_exports_manage[];
extern const struct mpkgate_export __stop_mpkgate_exports_manage[];

static const struct table {
    const struct mpkgate_export *first;
    const struct mpkgate_export *end;
    int64_t (*enter)(uint64_t block, uint64_t index);
} tables[MPKGATE_CLASSES] = {
    {__start_mpkgate_exports_crypto, __stop_mpkgate_exports_crypto, vault_enter_crypto},
    {__start_mpkgate_exports_manage, __stop_mpkgate_exports_manage, vault_enter_manage},
};

static unsigned char *const arena = ARENA_ADDRESS;
static unsigned char before[ARENA_SIZE]; // what the arena was before the call

// ---- the vault's surroundings

void heap_init(void *memory, size_t size) {
    (void)memory;
    (void)size;
}

void *heap_calloc(size_t count, size_t size) {
    size_t bytes = 0;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > HEAP_MAX) {
        return NULL;
    }
    return calloc(1, bytes);
}

void heap_free(void *memory) {
    free(memory);
}

// The same for each run, so that crashes come again.
bool random_seed(void *output, size_t size) {
    static uint64_t state = 0x9e3779b97f4a7c15;
    for (size_t i = 0; i < size; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((unsigned char *)output)[i] = (unsigned char)state;
    }
    return true;
}

// Which operations are open, by their places.
static struct {
    uint32_t handle;
    enum operation_kind kind;
} open_operations[OPERATIONS_MAX];

uint32_t __real_operation_give(struct operation *operation);
uint32_t __wrap_operation_give(struct operation *operation);

uint32_t __wrap_operation_give(struct operation *operation) {
    uint32_t place = operation->handle % OPERATIONS_MAX;
    open_operations[place].kind = operation->kind;
    open_operations[place].handle = __real_operation_give(operation);
    return open_operations[place].handle;
}

static void close_operations(void) {
    for (size_t i = 0; i < OPERATIONS_MAX; i++) {
        uint32_t handle = open_operations[i].handle;
        if (handle == 0) {
            continue;
        }
        switch (open_operations[i].kind) {
        case OPERATION_HASH:
            (void)vault_psa_hash_abort(&handle);
            break;
        case OPERATION_MAC:
            (void)vault_psa_mac_abort(&handle);
            break;
        case OPERATION_CIPHER:
            (void)vault_psa_cipher_abort(&handle);
            break;
        case OPERATION_KEY_DERIVATION:
            (void)vault_psa_key_derivation_abort(&handle);
            break;
        }
        FUZZ_CHECK(handle == 0 && open_operations[i].handle == 0);
    }
}

// ---- the keys of mpk-run

#define ANY_HASH(algorithm) (((algorithm) & ~PSA_ALG_HASH_MASK) | (PSA_ALG_ANY_HASH & PSA_ALG_HASH_MASK))
#define SIGN_AND_VERIFY                                                                                      \
    (PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_HASH |                      \
     PSA_KEY_USAGE_VERIFY_MESSAGE)

static const struct given {
    const char *name;
    unsigned char bytes[32];
    struct mpkgate_key_policy policy;
} given[] = {
    {"aes",
     {0x8d, 0x1f, 0x6a, 0x03, 0xe7, 0x5c, 0xb2, 0x94, 0x20, 0xf6, 0x4b, 0xd9, 0x73, 0x18, 0xce, 0xa5,
      0x3e, 0x90, 0x57, 0xc4, 0x0b, 0x82, 0xfd, 0x69, 0xa1, 0x36, 0xeb, 0x7c, 0x14, 0xd0, 0x4f, 0x98},
     {1, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM, PSA_ALG_CTR}},
    {"ecc",
     {0x41, 0xd7, 0x2c, 0x8e, 0xf0, 0x65, 0x1b, 0xa9, 0x5f, 0x03, 0xcd, 0x76, 0x92, 0xe8, 0x3a, 0x14,
      0xb6, 0x0d, 0x79, 0xe1, 0x58, 0xc3, 0x27, 0x8f, 0x6a, 0xfb, 0x40, 0x95, 0x1e, 0xd2, 0x87, 0x33},
     {1, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1), SIGN_AND_VERIFY | PSA_KEY_USAGE_DERIVE,
      PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_ANY_HASH), PSA_ALG_ECDH}},
    // May leave by its own policy; the vault's forbids it.
    {"mac",
     {0xc9, 0x30, 0x7e, 0xa4, 0x1d, 0xf8, 0x53, 0x6b, 0x8a, 0xe2, 0x05, 0x97, 0x4c, 0xb1, 0xd6, 0x2f,
      0x70, 0x19, 0xee, 0x85, 0x3b, 0xac, 0x62, 0xf7, 0x0a, 0x5d, 0x91, 0xc8, 0x26, 0xdb, 0x44, 0x7f},
     {1, PSA_KEY_TYPE_HMAC,
      SIGN_AND_VERIFY | PSA_KEY_USAGE_DERIVE | PSA_KEY_USAGE_COPY | PSA_KEY_USAGE_EXPORT,
      PSA_ALG_HMAC(PSA_ALG_SHA_256), 0}},
    {"derive",
     {0x82, 0xb7, 0x0e, 0xee, 0x7f, 0x1a, 0x50, 0x39, 0xbe, 0xf0, 0x7e, 0xc2, 0x34, 0x7f, 0x06, 0x6e,
      0xd0, 0x8f, 0x5d, 0xc7, 0x51, 0x24, 0x47, 0xe3, 0x40, 0x43, 0x00, 0x02, 0x6b, 0x6e, 0x54, 0x55},
     {1, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, PSA_ALG_HKDF(PSA_ALG_SHA_256), 0}},
};
#define GIVEN (sizeof(given) / sizeof(given[0]))

static uint32_t given_id[GIVEN];
static unsigned char *given_at[GIVEN]; // in key memory

// ---- reading the input

struct input {
    const uint8_t *at;
    size_t left;
};

static uint8_t byte_of(struct input *input) {
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->at++;
}

static uint64_t integer_of(struct input *input, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++) {
        value = value << 8 | byte_of(input);
    }
    return value;
}

static unsigned char *slot_of(struct input *input) {
    return arena + (size_t)byte_of(input) * ARENA_STEP;
}

// Key types, algorithms, usages, steps, sizes in bits.
static const uint32_t constants[] = {
    0,
    1,
    16,
    128,
    192,
    255,
    256,
    384,
    448,
    512,
    521,
    1024,
    PSA_KEY_TYPE_RAW_DATA,
    PSA_KEY_TYPE_HMAC,
    PSA_KEY_TYPE_DERIVE,
    PSA_KEY_TYPE_AES,
    PSA_KEY_TYPE_DES,
    PSA_KEY_TYPE_CAMELLIA,
    PSA_KEY_TYPE_ARC4,
    PSA_KEY_TYPE_CHACHA20,
    PSA_KEY_TYPE_RSA_PUBLIC_KEY,
    PSA_KEY_TYPE_RSA_KEY_PAIR,
    PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
    PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_SECP_R1),
    PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_K1),
    PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_BRAINPOOL_P_R1),
    PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY),
    PSA_KEY_TYPE_ECC_PUBLIC_KEY(PSA_ECC_FAMILY_MONTGOMERY),
    PSA_ALG_MD5,
    PSA_ALG_RIPEMD160,
    PSA_ALG_SHA_1,
    PSA_ALG_SHA_256,
    PSA_ALG_SHA_384,
    PSA_ALG_SHA_512,
    PSA_ALG_ANY_HASH,
    PSA_ALG_HMAC(PSA_ALG_SHA_256),
    PSA_ALG_HMAC(PSA_ALG_SHA_512),
    PSA_ALG_TRUNCATED_MAC(PSA_ALG_HMAC(PSA_ALG_SHA_256), 8),
    PSA_ALG_CMAC,
    PSA_ALG_CBC_MAC,
    PSA_ALG_STREAM_CIPHER,
    PSA_ALG_CTR,
    PSA_ALG_CFB,
    PSA_ALG_OFB,
    PSA_ALG_ECB_NO_PADDING,
    PSA_ALG_CBC_NO_PADDING,
    PSA_ALG_CBC_PKCS7,
    PSA_ALG_CCM,
    PSA_ALG_GCM,
    PSA_ALG_CHACHA20_POLY1305,
    PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 4),
    PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12),
    PSA_ALG_RSA_PKCS1V15_SIGN(PSA_ALG_SHA_256),
    PSA_ALG_RSA_PKCS1V15_SIGN_RAW,
    PSA_ALG_RSA_PSS(PSA_ALG_SHA_256),
    PSA_ALG_RSA_PSS_ANY_SALT(PSA_ALG_SHA_256),
    PSA_ALG_ECDSA(PSA_ALG_SHA_256),
    PSA_ALG_ECDSA_ANY,
    PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256),
    PSA_ALG_RSA_PKCS1V15_CRYPT,
    PSA_ALG_RSA_OAEP(PSA_ALG_SHA_1),
    PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256),
    PSA_ALG_HKDF(PSA_ALG_SHA_256),
    PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256),
    PSA_ALG_TLS12_PSK_TO_MS(PSA_ALG_SHA_256),
    PSA_ALG_ECDH,
    PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_HKDF(PSA_ALG_SHA_256)),
    PSA_ALG_KEY_AGREEMENT(PSA_ALG_ECDH, PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256)),
    PSA_KEY_DERIVATION_INPUT_SECRET,
    PSA_KEY_DERIVATION_INPUT_LABEL,
    PSA_KEY_DERIVATION_INPUT_SALT,
    PSA_KEY_DERIVATION_INPUT_INFO,
    PSA_KEY_DERIVATION_INPUT_SEED,
    0x7f03, // all usages
    PSA_KEY_USAGE_EXPORT,
    PSA_KEY_USAGE_COPY,
    PSA_KEY_LIFETIME_PERSISTENT,
    PSA_KEY_PERSISTENCE_READ_ONLY,
    PSA_KEY_ID_VOLATILE_MIN,
    PSA_KEY_ID_VOLATILE_MAX,
    UINT32_MAX,
};
#define CONSTANTS (sizeof(constants) / sizeof(constants[0]))

// What a word of 32 bits may be: a constant, the identifier of a key, what a call has put out (a handle, the
// identifier of a key), anything.
static uint32_t word_of(struct input *input) {
    uint8_t choice = byte_of(input);
    uint32_t word = 0;
    if (choice < CONSTANTS) {
        return constants[choice];
    }
    switch (choice % 8) {
    case 0:
        return (uint32_t)integer_of(input, 4);
    case 1:
    case 2:
        return given_id[byte_of(input) % GIVEN];
    case 3:
        return byte_of(input);
    default:
        memcpy(&word, slot_of(input), sizeof(word));
        return word;
    }
}

static uint64_t length_of(struct input *input) {
    static const uint64_t lengths[] = {
        0,
        1,
        8,
        12,
        13,
        16,
        20,
        28,
        32,
        48,
        64,
        65,
        128,
        256,
        512,
        ARENA_SIZE,
        ARENA_SIZE + 1,
        HEAP_MAX,
        HEAP_MAX + 1,
        MPKGATE_CLIENT_END,
        UINT64_MAX,
        UINT64_MAX - 7,
        UINT64_C(1) << 63,
        UINT32_MAX,
        UINT64_C(1) << 32,
        UINT64_MAX - (uint64_t)(uintptr_t)ARENA_ADDRESS,
        UINT64_MAX - (uint64_t)(uintptr_t)ARENA_ADDRESS + 1, // with the arena's address: wraps to 0
    };
    uint8_t choice = byte_of(input);
    if (choice < sizeof(lengths) / sizeof(lengths[0])) {
        return lengths[choice];
    }
    return choice < 224 ? choice : integer_of(input, 2);
}

static uint64_t address_of(struct input *input, uint64_t size) {
    static const uint64_t hostile[] = {
        0,
        1,
        PAGE,
        (uint64_t)(uintptr_t)KEYS_ADDRESS,
        (uint64_t)(uintptr_t)KEYS_ADDRESS + 32,
        MPKGATE_LOW,
        MPKGATE_LIMIT - 1,
        MPKGATE_LIMIT,
        MPKGATE_CLIENT_END - 1,
        MPKGATE_CLIENT_END,
        MPKGATE_CLIENT_END + 1,
        (UINT64_C(1) << 57) | (uint64_t)(uintptr_t)KEYS_ADDRESS,
        (UINT64_C(1) << 57) | (uint64_t)(uintptr_t)ARENA_ADDRESS,
        UINT64_C(0xffff800000000000),
        UINT64_MAX,
        UINT64_MAX - 3,
    };
    uint8_t choice = byte_of(input);
    switch (choice % 8) {
    case 0:
        return hostile[choice / 8 % (sizeof(hostile) / sizeof(hostile[0]))];
    case 1:
        return (uint64_t)(uintptr_t)arena + ARENA_SIZE - (size <= ARENA_SIZE ? size : 1); // to its very end
    case 2:
        return (uint64_t)(uintptr_t)arena +
               integer_of(input, 2) % ARENA_SIZE; // overlaps others, and the block
    case 3:
        return UINT64_MAX - size + choice / 8 % 3; // wraps
    default:
        return (uint64_t)(uintptr_t)slot_of(input);
    }
}

// ---- a call

// The call under way, for serve().
static struct {
    struct input *input;
    struct mpkgate_request *request; // in the arena
} current;

static uint64_t read_field(const unsigned char *block, uint32_t offset, size_t width) {
    uint64_t value = 0;
    memcpy(&value, block + offset, width);
    return value;
}

static bool is_in_arena(uint64_t address) {
    return address - (uint64_t)(uintptr_t)arena < ARENA_SIZE;
}

// Would it be accepted, and lead to memory of the client's that is not there?
static bool is_unmapped(uint64_t address, uint64_t size) {
    return size != 0 && address >= MPKGATE_LIMIT && address < MPKGATE_CLIENT_END &&
           size <= MPKGATE_CLIENT_END - address && !is_in_arena(address);
}

// A pointer at `pointer` and its length at `length` (or a constant), so that what would be accepted lies in
// the arena.
static void choose_buffer(struct input *input, unsigned char *block, uint32_t pointer, uint32_t length,
                          size_t width, uint64_t unit, uint64_t constant) {
    uint64_t count = width != 0 ? read_field(block, length, width) : constant;
    uint64_t size = 0;
    if (__builtin_mul_overflow(count, unit, &size)) {
        size = UINT64_MAX;
    }
    uint64_t address = address_of(input, size);
    if (is_unmapped(address, size)) {
        address = 0;
    } else if (is_in_arena(address)) {
        uint64_t room = (uint64_t)(uintptr_t)arena + ARENA_SIZE - address;
        if (size > room && size <= HEAP_MAX && width != 0) {
            count = room / unit;
            memcpy(block + length, &count, width);
        } else if (size > room && width == 0) {
            address -= size - room;
        }
    }
    memcpy(block + pointer, &address, sizeof(address));
}

static void choose_request(struct input *input, unsigned char *block, uint32_t offset) {
    uint64_t size = length_of(input);
    memcpy(block + offset + offsetof(struct mpkgate_request, buffer_size), &size, sizeof(size));
    choose_buffer(input, block, offset + offsetof(struct mpkgate_request, buffer),
                  offset + offsetof(struct mpkgate_request, buffer_size), 8, 1, 0);
    // Of this one no copy is made: what would be accepted is what is there.
    uint64_t address = read_field(block, offset + offsetof(struct mpkgate_request, buffer), 8);
    uint64_t room = (uint64_t)(uintptr_t)arena + ARENA_SIZE - address;
    if (is_in_arena(address) && size > room && size <= MPKGATE_CLIENT_END - address) {
        memcpy(block + offset + offsetof(struct mpkgate_request, buffer_size), &room, sizeof(room));
    }
}

static const struct mpkgate_argument *arguments_of(const struct mpkgate_export *record) {
    return (const void *)((uintptr_t)&record->arguments + (uintptr_t)(intptr_t)record->arguments);
}

static const char *name_of(const struct mpkgate_export *record) {
    return (const void *)((uintptr_t)&record->name + (uintptr_t)(intptr_t)record->name);
}

static void choose_pointer(struct input *input, const struct mpkgate_argument *argument,
                           unsigned char *block) {
    if (argument->direction == MPKGATE_READER || argument->direction == MPKGATE_WRITER) {
        uint64_t function = byte_of(input) % 8; // never called by the vault
        memcpy(block + argument->pointer, &function, sizeof(function));
        choose_request(input, block, argument->used);
        return;
    }
    bool has_length = argument->length_kind == MPKGATE_LENGTH_ARGUMENT;
    // The arena ends with a NUL.
    uint64_t constant = argument->length_kind == MPKGATE_LENGTH_STRING ? 1 : argument->length;
    choose_buffer(input, block, argument->pointer, argument->length, has_length ? argument->length_width : 0,
                  argument->unit, constant);
}

static void choose_block(struct input *input, const struct mpkgate_export *record, unsigned char *block) {
    const struct mpkgate_argument *arguments = arguments_of(record);
    memset(block, 0, record->block_size);
    for (uint32_t at = 4; at + 4 <= record->block_size; at += 4) {
        bool is_taken = false; // by a pointer or a length
        for (uint32_t i = 0; i < record->argument_count; i++) {
            const struct mpkgate_argument *argument = &arguments[i];
            is_taken |= at - argument->pointer < 8;
            is_taken |= argument->length_kind == MPKGATE_LENGTH_ARGUMENT && at - argument->length < 8;
        }
        if (!is_taken) {
            uint32_t word = word_of(input);
            memcpy(block + at, &word, sizeof(word));
        }
    }
    for (uint32_t i = 0; i < record->argument_count; i++) {
        if (arguments[i].length_kind == MPKGATE_LENGTH_ARGUMENT) {
            uint64_t length = length_of(input);
            memcpy(block + arguments[i].length, &length, arguments[i].length_width);
        }
    }
    for (uint32_t i = 0; i < record->argument_count; i++) {
        choose_pointer(input, &arguments[i], block);
    }
}

// Mbed TLS takes seconds for a large RSA key, and for ever if the public exponent is even.
static bool is_endless(const struct mpkgate_export *record, const unsigned char *block) {
    if (strcmp(name_of(record), "vault_generate_key") == 0) {
        return read_field(block, 4, 4) == PSA_KEY_TYPE_RSA_KEY_PAIR;
    }
    if (strcmp(name_of(record), "vault_psa_generate_key") != 0) {
        return false;
    }
    struct vault_psa_attributes attributes;
    uint64_t at = read_field(block, 8, 8);
    uint64_t exponent = read_field(block, 16, 8);
    uint64_t exponent_length = read_field(block, 24, 8);
    if (!is_in_arena(at)) {
        return false;
    }
    memcpy(&attributes, (const void *)at, sizeof(attributes));
    if (attributes.type != PSA_KEY_TYPE_RSA_KEY_PAIR) {
        return false;
    }
    return attributes.bits > 1024 ||
           (exponent_length != 0 && is_in_arena(exponent) && exponent_length <= ARENA_SIZE &&
            (((const unsigned char *)exponent)[exponent_length - 1] & 1) == 0);
}

// The client's answer to a request in the middle of a call.
static int64_t serve(void) {
    struct mpkgate_request *request = current.request;
    uint8_t choice = byte_of(current.input);
    int64_t result = 0;
    FUZZ_CHECK(request->size <= request->buffer_size);
    switch (choice % 8) {
    case 0:
        result = 0;
        break;
    case 1:
        result = -1;
        break;
    case 2:
        result = (int64_t)request->size + 1;
        break;
    case 3:
        result = choice & 8 ? INT64_MAX : INT64_MIN;
        break;
    default:
        result = (int64_t)request->size;
        break;
    }
    memcpy(&request->result, &result, sizeof(result));
    return 0;
}

// With FUZZ_TRACE in the environment, to see what an input does: before the call, and after it.
static void trace_call(const struct mpkgate_export *record, const unsigned char *block) {
    if (getenv("FUZZ_TRACE") == NULL) {
        return;
    }
    fprintf(stderr, "%s", record != NULL ? name_of(record) : "no function");
    for (uint32_t at = 0; record != NULL && at < record->block_size; at += 8) {
        fprintf(stderr, " %llx", (unsigned long long)read_field(block, at, 8));
    }
}

static void trace_result(const struct mpkgate_export *record, int64_t refusal, uint64_t block) {
    int32_t status = 0;
    if (getenv("FUZZ_TRACE") == NULL) {
        return;
    }
    if (record != NULL && refusal == MPKGATE_CALLED) {
        memcpy(&status, (const unsigned char *)block + record->return_offset, sizeof(status));
    }
    fprintf(stderr, ": gate %lld, status %d\n", (long long)refusal, status);
}

static void check_result(const struct mpkgate_export *record, int64_t refusal, uint64_t block) {
    FUZZ_CHECK(refusal <= MPKGATE_CALLED && refusal >= MPKGATE_NO_MEMORY && refusal != MPKGATE_NO_SLOT);
    if (refusal != MPKGATE_CALLED) {
        FUZZ_CHECK(memcmp(arena, before, ARENA_SIZE) == 0);
        return;
    }
    int32_t status = 0;
    FUZZ_CHECK(record != NULL && record->return_size == sizeof(status));
    memcpy(&status, (const unsigned char *)block + record->return_offset, sizeof(status));
    FUZZ_CHECK(status == PSA_SUCCESS ||
               (status <= PSA_ERROR_GENERIC_ERROR && status >= PSA_ERROR_DATA_INVALID));
}

static void call(struct input *input, const struct table *table) {
    size_t count = (size_t)(table->end - table->first);
    uint64_t index = byte_of(input);
    if (index >= 240) {
        static const uint64_t beyond[] = {0, 1, UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX / 2, UINT64_MAX};
        index = beyond[index % 6] + (index < 248 ? count : 0);
    } else {
        index %= count;
    }
    const struct mpkgate_export *record = index < count ? &table->first[index] : NULL;
    unsigned char block[MPKGATE_BLOCK_MAX] = {0};
    size_t size = record != NULL ? record->block_size : 8;
    uint8_t choice = byte_of(input);
    // Mostly away from the slots that small numbers name; never over the arena's last byte.
    uint64_t address = (uint64_t)(uintptr_t)arena + ARENA_SIZE - MPKGATE_BLOCK_MAX;
    if (choice >= 248) {
        address = address_of(input, size);
        if (is_unmapped(address, size)) {
            address = 0;
        }
    } else if (choice >= 224) {
        address = (uint64_t)(uintptr_t)arena + integer_of(input, 2) % (ARENA_SIZE - MPKGATE_BLOCK_MAX);
    }
    if (is_in_arena(address) && (uint64_t)(uintptr_t)arena + ARENA_SIZE - address <= size) {
        address = (uint64_t)(uintptr_t)arena;
    }
    arena[ARENA_SIZE - 1] = '\0';
    if (record != NULL) {
        choose_block(input, record, block);
        if (is_endless(record, block)) {
            return;
        }
    }
    if (is_in_arena(address)) {
        memcpy((void *)address, block, size);
        // The block may lie over what is_endless() has looked at.
        if (record != NULL && is_endless(record, block)) {
            return;
        }
        for (uint32_t i = 0; record != NULL && i < record->argument_count; i++) {
            if (arguments_of(record)[i].direction >= MPKGATE_READER) {
                current.request = (struct mpkgate_request *)(address + arguments_of(record)[i].used);
            }
        }
    }
    current.input = input;
    memcpy(before, arena, ARENA_SIZE);
    trace_call(record, block);
    int64_t refusal = table->enter(address, index);
    trace_result(record, refusal, address);
    check_result(record, refusal, address);
}

// ---- what the client does between the calls

static void poke_bytes(struct input *input) {
    unsigned char *at = slot_of(input);
    size_t size = integer_of(input, 2) % 1024;
    size_t room = (size_t)(arena + ARENA_SIZE - at);
    size = size < room ? size : room;
    size = size < input->left ? size : input->left;
    memcpy(at, input->at, size);
    input->at += size;
    input->left -= size;
}

static void poke_attributes(struct input *input) {
    unsigned char *at = slot_of(input);
    struct vault_psa_attributes attributes = {
        .type = (uint16_t)word_of(input),
        .bits = (uint16_t)word_of(input),
        .usage = word_of(input),
        .algorithm = word_of(input),
    };
    if (byte_of(input) % 8 == 7) {
        attributes.algorithm2 = word_of(input);
        attributes.lifetime = word_of(input);
        attributes.id = word_of(input);
        attributes.flags = (uint16_t)word_of(input);
    }
    memcpy(at, &attributes, sizeof(attributes));
}

// ---- the keys of mpk-run after it

static uint64_t index_of(const struct table *table, const char *name) {
    for (const struct mpkgate_export *record = table->first; record != table->end; record++) {
        if (strcmp(name_of(record), name) == 0) {
            return (uint64_t)(record - table->first);
        }
    }
    abort();
}

// libFuzzer sees what is compared, and would put a key into its inputs: so neither memcmp() nor memmem(), and
// no coverage.
#define UNSEEN __attribute__((no_sanitize("coverage")))
UNSEEN static bool is_same(const unsigned char *left, const unsigned char *right, size_t size) {
    unsigned char difference = 0;
    for (size_t i = 0; i < size; i++) {
        difference |= left[i] ^ right[i];
    }
    return difference == 0;
}

UNSEEN static bool contains(const unsigned char *memory, size_t size, const unsigned char *key) {
    for (size_t at = 0; at + 16 <= size; at++) {
        if ((memory[at] == key[0] && is_same(memory + at, key, 16)) ||
            (memory[at] == key[16] && is_same(memory + at, key + 16, 16))) {
            return true;
        }
    }
    return false;
}

// What mac_compute and sign_hash make of the given keys, through the dispatcher.
static void use(size_t key, const char *name, uint32_t algorithm, unsigned char result[64]) {
    struct { // of both functions
        int32_t status;
        uint32_t key;
        uint32_t algorithm;
        const unsigned char *input;
        size_t input_length;
        unsigned char *output;
        size_t output_size;
        size_t *output_length;
    } *block = (void *)(arena + 512);
    memset(arena, 0, 1024);
    *block = (__typeof__(*block)){.key = given_id[key],
                                  .algorithm = algorithm,
                                  .input = arena,
                                  .input_length = 32,
                                  .output = arena + 64,
                                  .output_size = 64,
                                  .output_length = (size_t *)(arena + 128)};
    FUZZ_CHECK(vault_enter_crypto((uintptr_t)block, index_of(&tables[0], name)) == MPKGATE_CALLED);
    FUZZ_CHECK(block->status == PSA_SUCCESS);
    memcpy(result, arena + 64, 64);
}

static void check_keys(void) {
    static unsigned char expected[2][64];
    static unsigned int inputs;
    unsigned char result[64];
    for (size_t i = 0; i < GIVEN; i++) {
        FUZZ_CHECK(!contains(arena, ARENA_SIZE, given[i].bytes));
        FUZZ_CHECK(key_material(given_id[i]) == given_at[i]);
        FUZZ_CHECK(is_same(given_at[i], given[i].bytes, sizeof(given[i].bytes)));
        FUZZ_CHECK(keyname_find(given[i].name) == given_id[i]);
    }
    FUZZ_CHECK(vault_psa_crypto_init() == PSA_SUCCESS);
    if (inputs == 0) {
        use(2, "vault_psa_mac_compute", PSA_ALG_HMAC(PSA_ALG_SHA_256), expected[0]);
        use(1, "vault_psa_sign_hash", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), expected[1]);
    }
    use(2, "vault_psa_mac_compute", PSA_ALG_HMAC(PSA_ALG_SHA_256), result);
    FUZZ_CHECK(memcmp(result, expected[0], sizeof(result)) == 0);
    if (inputs++ % 64 == 0) { // takes as long as everything else
        use(1, "vault_psa_sign_hash", PSA_ALG_DETERMINISTIC_ECDSA(PSA_ALG_SHA_256), result);
        FUZZ_CHECK(memcmp(result, expected[1], sizeof(result)) == 0);
    }
}

static void *map(void *at, size_t size) {
    void *memory =
        mmap(at, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    FUZZ_CHECK(memory == at);
    return memory;
}

static void start(void) {
    struct mpkgate_boot_key keys[GIVEN];
    for (size_t i = 0; i < GIVEN; i++) {
        keys[i] = (struct mpkgate_boot_key){.name = given[i].name,
                                            .data = given[i].bytes,
                                            .size = sizeof(given[i].bytes),
                                            .policy = given[i].policy};
    }
    struct mpkgate_boot boot = {.keys = map(KEYS_ADDRESS, KEYS_SIZE),
                                .keys_size = KEYS_SIZE,
                                .key = keys,
                                .key_count = GIVEN,
                                .suspend = serve};
    (void)map(ARENA_ADDRESS, ARENA_SIZE + PAGE);
    FUZZ_CHECK(mprotect(ARENA_ADDRESS + ARENA_SIZE, PAGE, PROT_NONE) == 0);
    FUZZ_CHECK(vault_boot(&boot) == MPKGATE_BOOT_OK);
    for (size_t i = 0; i < GIVEN; i++) {
        given_id[i] = keyname_find(given[i].name);
        given_at[i] = key_material(given_id[i]);
        FUZZ_CHECK(given_at[i] != NULL);
    }
    check_keys();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static bool is_started;
    if (!is_started) {
        start();
        is_started = true;
    }
    memset(arena, 0, ARENA_SIZE);
    FUZZ_CHECK(vault_psa_crypto_init() == PSA_SUCCESS);
    struct input input = {bytes, size};
    for (int i = 0; i < CALLS_MAX && input.left != 0; i++) {
        uint8_t what = byte_of(&input);
        if (what % 8 == 6) {
            poke_bytes(&input);
        } else if (what % 8 == 7) {
            poke_attributes(&input);
        } else {
            call(&input, &tables[what % 8 < 4 ? MPKGATE_CLASS_CRYPTO : MPKGATE_CLASS_MANAGE]);
        }
    }
    check_keys();
    close_operations();
    FUZZ_CHECK(vault_psa_crypto_free() == PSA_SUCCESS);
    return 0;
}
