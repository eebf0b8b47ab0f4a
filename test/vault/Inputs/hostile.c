// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// hostile COMPLEMENT [unmapped in|out|inout]: a client that passes to every vault_psa_* function what no
// client should. COMPLEMENT: the bytes of the key "key", each xor 0xff, in hexadecimal, so that they are not
// in this process's memory. Exit 0 only if every call came back with what it may come back with and the key
// is what it was. unmapped: one call with an address of the client's where nothing is.
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <vault-psa.h>
#include <vault-testing.h>
#include <vault.h>

#define ARGUMENTS_MAX 11
#define BUFFER 1024 // bytes for each argument
#define ARENA ((size_t)BUFFER * ARGUMENTS_MAX)
#define LIMIT (UINT64_C(1) << 40)
#define CLIENT_END (UINT64_C(1) << 47)
#define REFUSED (-135)
#define GENERIC_ERROR (-132) // psa_status_t
#define DATA_INVALID (-153)
#define DETERMINISTIC_ECDSA VAULT_ALG_DETERMINISTIC_ECDSA(VAULT_ALG_SHA_256)

// Every row of the table: the thunk's address, and what the row says of the arguments.
static const struct function {
    const char *name;
    void *thunk;
    const char *gate;
    const char *parameters;
} functions[] = {
#define OPERATION_GATE "inout(0,size=4) "
#define PSA(class, name, gate, parameters, arguments)                                                        \
    {"psa_" #name, (void *)vault_psa_##name, gate, #parameters},
#define PSA_KEYED PSA
#define PSA_OPERATION(kind, class, name, gate, parameters, arguments)                                        \
    {"psa_" #name, (void *)vault_psa_##name, OPERATION_GATE gate, "(uint32_t *operation)" #parameters},
#define PSA_OPERATION_KEYED PSA_OPERATION
#define PSA_OWN(class, name, gate, parameters) {"psa_" #name, (void *)vault_psa_##name, gate, #parameters},
#include <vault-functions.def>
};
#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

struct pointer {
    unsigned int argument;
    int length;    // the argument that has its length, or -1
    uint64_t size; // bytes, if it has none
};

struct shape {
    unsigned int arguments;
    unsigned int pointers;
    struct pointer pointer[ARGUMENTS_MAX];
    char name[ARGUMENTS_MAX][32];
};

static unsigned char *arena; // a buffer for each argument, then a page that is not there
static unsigned char before[ARENA];
static unsigned char complement[32];
static uint32_t key;
static unsigned long calls;
static unsigned long refused;
static unsigned long succeeded;

static _Noreturn void broken(const char *what, const char *name) {
    printf("broken: %s: %s\n", name, what);
    exit(1);
}

// ---- the arguments of a function

static void add_pointer(struct shape *shape, unsigned int argument, int length, uint64_t size) {
    shape->pointer[shape->pointers++] = (struct pointer){argument, length, size};
}

static void read_gate(struct shape *shape, const char *gate) {
    for (const char *at = strchr(gate, '('); at != NULL; at = strchr(at + 1, '(')) {
        char *rest = NULL;
        unsigned int argument = (unsigned int)strtoul(at + 1, &rest, 10);
        unsigned int value = (unsigned int)strtoul(strchr(rest, '=') + 1, &rest, 10);
        if (strncmp(at, "(", 1) == 0 && strstr(at, "size=") != NULL &&
            strstr(at, "size=") < strchr(at, ')')) {
            add_pointer(shape, argument, -1, value);
        } else {
            add_pointer(shape, argument, (int)value, 0);
        }
        if (*rest == ',') { // cap=,len=
            add_pointer(shape, (unsigned int)strtoul(strchr(rest, '=') + 1, NULL, 10), -1, 8);
        }
    }
}

// The names; a parameter's type comes before its last space or asterisk.
static void read_parameters(struct shape *shape, const char *parameters) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";
    for (const char *at = strpbrk(parameters, ",)"); at != NULL; at = strpbrk(at + 1, ",)")) {
        size_t size = 0;
        while (at - size > parameters && strchr(letters, at[-1 - (ptrdiff_t)size]) != NULL) {
            size++;
        }
        const char *name = at - size;
        if (size != 0 && strchr(" *", name[-1]) != NULL) { // else `(void)`, or nothing behind an operation
            (void)snprintf(shape->name[shape->arguments++], sizeof(shape->name[0]), "%.*s", (int)size, name);
        }
    }
}

static struct shape shape_of(const struct function *function) {
    struct shape shape = {0};
    read_parameters(&shape, function->parameters);
    read_gate(&shape, function->gate);
    for (unsigned int i = 0; i < shape.pointers; i++) {
        if (shape.pointer[i].argument >= shape.arguments) {
            broken("its row cannot be read", function->name);
        }
    }
    return shape;
}

// ---- calls

// Small arguments come in the low bytes of theirs, and a function does not see more arguments than it has
// (System V ABI).
typedef int32_t any_function(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                             uint64_t, uint64_t, uint64_t);

static int32_t call(const struct function *function, const uint64_t *a) {
    any_function *thunk = (any_function *)function->thunk;
    calls++;
    int32_t status = thunk(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10]);
    if (status != VAULT_SUCCESS && (status > GENERIC_ERROR || status < DATA_INVALID)) {
        broken("returns no PSA status", function->name);
    }
    refused += status == REFUSED;
    succeeded += status == VAULT_SUCCESS;
    return status;
}

static const struct {
    uint32_t algorithm;
    uint16_t step;
    uint16_t type; // of attributes
    uint16_t bits;
} kinds[] = {
    {DETERMINISTIC_ECDSA, 0x0101, 0x7112, 256},
    {VAULT_ALG_SHA_256, 0x0203, 0x1001, 64},
    {VAULT_ALG_GCM, 0x0202, 0x2400, 128},
    {UINT32_C(0x08000109), 0x0101, 0x1200, 256}, // HKDF
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static uint64_t integer(const char *name, size_t kind) {
    if (strstr(name, "length") != NULL || strcmp(name, "capacity") == 0) {
        return 32;
    }
    if (strstr(name, "size") != NULL) {
        return 256;
    }
    if (strcmp(name, "algorithm") == 0) {
        return kinds[kind].algorithm;
    }
    if (strcmp(name, "step") == 0) {
        return kinds[kind].step;
    }
    if (strstr(name, "operation") != NULL) {
        return 256;
    }
    return kind % 2 == 0 ? key : kind;
}

// What a well-behaved client could pass: each pointer to its buffer, handles 0, attributes of a new key.
static void be_good(const struct shape *shape, size_t kind, uint64_t *arguments) {
    memset(arena, 0, ARENA);
    memset(arguments, 0, ARGUMENTS_MAX * sizeof(*arguments));
    for (unsigned int i = 0; i < shape->arguments; i++) {
        arguments[i] = integer(shape->name[i], kind);
        if (strcmp(shape->name[i], "exponent_length") == 0) {
            arguments[i] = 0;
        }
    }
    for (unsigned int i = 0; i < shape->pointers; i++) {
        unsigned int argument = shape->pointer[i].argument;
        arguments[argument] = (uint64_t)(uintptr_t)arena + (uint64_t)argument * BUFFER;
        if (strcmp(shape->name[argument], "attributes") == 0) {
            const struct vault_psa_attributes attributes = {.type = kinds[kind].type,
                                                            .bits = kinds[kind].bits,
                                                            .usage = 0x7f03,
                                                            .algorithm = kinds[kind].algorithm};
            memcpy(arena + (size_t)argument * BUFFER, &attributes, sizeof(attributes));
        }
    }
}

static bool holds_the_key(const unsigned char *memory, size_t size) {
    for (size_t at = 0; at + 16 <= size; at++) {
        size_t same = 0;
        while (same < 16 && (memory[at + same] ^ 0xff) == complement[same]) {
            same++;
        }
        if (same == 16) {
            return true;
        }
    }
    return false;
}

// Gives back what the function has made, and looks for the key.
static void clean(const struct function *function) {
    if (holds_the_key(arena, ARENA)) {
        broken("gave the key away", function->name);
    }
    (void)vault_psa_crypto_free();
    (void)vault_psa_crypto_init();
}

static void expect_refusal(const struct function *function, const uint64_t *arguments) {
    memcpy(before, arena, ARENA);
    if (call(function, arguments) != REFUSED) {
        broken("accepts a hostile argument", function->name);
    }
    if (memcmp(arena, before, ARENA) != 0) {
        broken("a refused call wrote", function->name);
    }
}

// ---- the attacks

#define PLACES 6 // of enum vault_test_place, without the mailbox: there is no store
static uint64_t place[PLACES];

static uint64_t size_of(const struct pointer *pointer, const uint64_t *arguments) {
    return pointer->length >= 0 ? arguments[pointer->length] : pointer->size;
}

static void hostile_pointers(const struct function *function, const struct shape *shape, size_t kind) {
    for (unsigned int i = 0; i < shape->pointers; i++) {
        uint64_t arguments[ARGUMENTS_MAX];
        be_good(shape, kind, arguments);
        uint64_t *pointer = &arguments[shape->pointer[i].argument];
        if (size_of(&shape->pointer[i], arguments) == 0) {
            arguments[shape->pointer[i].length] = 3;
        }
        uint64_t size = size_of(&shape->pointer[i], arguments);
        const uint64_t hostile[] = {
            0,
            1,
            UINT64_C(1) << 32,
            LIMIT - 1,
            LIMIT - size,
            CLIENT_END - size + 1,
            CLIENT_END,
            (UINT64_C(1) << 57) | place[VAULT_TEST_KEY], // tagged
            (UINT64_C(1) << 62) | place[VAULT_TEST_KEY],
            (UINT64_C(1) << 63) | *pointer,
            UINT64_C(0xffff800000000000), // the kernel's
            UINT64_C(0xffffffff81000000),
            UINT64_MAX - size + 1, // the end wraps to 0
            UINT64_MAX - size + 2,
            UINT64_MAX,
        };
        for (size_t j = 0; j < sizeof(hostile) / sizeof(hostile[0]); j++) {
            *pointer = hostile[j];
            expect_refusal(function, arguments);
        }
        for (size_t j = 0; j < PLACES; j++) {
            *pointer = place[j];
            expect_refusal(function, arguments);
        }
    }
}

static void hostile_lengths(const struct function *function, const struct shape *shape, size_t kind) {
    for (unsigned int i = 0; i < shape->pointers; i++) {
        uint64_t arguments[ARGUMENTS_MAX];
        if (shape->pointer[i].length < 0) {
            continue;
        }
        be_good(shape, kind, arguments);
        uint64_t address = arguments[shape->pointer[i].argument];
        const uint64_t hostile[] = {
            UINT64_MAX,
            UINT64_MAX - address, // the end is the last byte of all
            UINT64_MAX - address + 1,
            UINT64_MAX - address + 1 + LIMIT, // wraps, to LIMIT
            UINT64_MAX - address + 1 + address / 2,
            CLIENT_END - address + 1,
            CLIENT_END - address, // the client's, and more than the vault has room for
            UINT64_C(1) << 63,
            UINT64_C(1) << 47,
            UINT64_C(1) << 40,
        };
        for (size_t j = 0; j < sizeof(hostile) / sizeof(hostile[0]); j++) {
            arguments[shape->pointer[i].length] = hostile[j];
            expect_refusal(function, arguments);
        }
    }
}

// The vault's addresses as integers, keys, handles; and empty buffers there.
static void hostile_integers(const struct function *function, const struct shape *shape, size_t kind) {
    static const uint64_t hostile[] = {0, 1, 255, 0x7fff, 0xffff, UINT32_MAX, UINT64_MAX, UINT64_C(1) << 32};
    uint64_t arguments[ARGUMENTS_MAX];
    for (unsigned int i = 0; i < shape->arguments; i++) {
        for (size_t j = 0; j < sizeof(hostile) / sizeof(hostile[0]) + PLACES; j++) {
            bool is_other = true; // neither a pointer nor a length
            be_good(shape, kind, arguments);
            for (unsigned int k = 0; k < shape->pointers; k++) {
                is_other &= shape->pointer[k].argument != i && shape->pointer[k].length != (int)i;
            }
            if (is_other) {
                arguments[i] = j < PLACES ? place[j] : hostile[j - PLACES];
                (void)call(function, arguments);
            }
        }
    }
    be_good(shape, kind, arguments);
    for (unsigned int i = 0; i < shape->pointers; i++) {
        if (shape->pointer[i].length >= 0) {
            arguments[shape->pointer[i].argument] = place[VAULT_TEST_KEY];
            arguments[shape->pointer[i].length] = 0;
        }
    }
    (void)call(function, arguments);
}

static void overlapping_buffers(const struct function *function, const struct shape *shape, size_t kind) {
    for (uint64_t distance = 0; distance <= 9; distance += 3) {
        uint64_t arguments[ARGUMENTS_MAX];
        be_good(shape, kind, arguments);
        for (unsigned int i = 0; i < shape->pointers; i++) {
            arguments[shape->pointer[i].argument] = (uint64_t)(uintptr_t)arena + BUFFER + distance * i;
        }
        (void)call(function, arguments);
    }
}

// Less room and less data than a function wants, down to nothing.
static void short_buffers(const struct function *function, const struct shape *shape, size_t kind) {
    static const uint64_t sizes[] = {0, 1, 2, 7, 15, 16, 31, 63, 64, 65};
    for (unsigned int i = 0; i < shape->pointers; i++) {
        for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]) && shape->pointer[i].length >= 0; j++) {
            uint64_t arguments[ARGUMENTS_MAX];
            be_good(shape, kind, arguments);
            arguments[shape->pointer[i].length] = sizes[j];
            (void)call(function, arguments);
        }
    }
}

static atomic_bool is_over;

// Changes every byte of the arena all the time; handles, attributes, lengths that are put out.
static void *change(void *unused) {
    uint64_t state = 88172645463325252;
    while (!atomic_load(&is_over)) {
        for (size_t i = 0; i + sizeof(state) <= ARENA; i += 16) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            uint64_t value = state % 4 == 0 ? state : state % 4 == 1 ? place[state % PLACES] : state % 512;
            memcpy(arena + i, &value, sizeof(value));
        }
    }
    return unused;
}

static void changing_buffers(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, change, NULL) != 0) {
        broken("cannot be started", "the thread");
    }
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < FUNCTIONS; i++) {
            struct shape shape = shape_of(&functions[i]);
            uint64_t arguments[ARGUMENTS_MAX];
            be_good(&shape, (size_t)round % KINDS, arguments);
            (void)call(&functions[i], arguments);
            clean(&functions[i]);
        }
    }
    atomic_store(&is_over, true);
    (void)pthread_join(thread, NULL);
}

static void sign(unsigned char signature[64]) {
    static const unsigned char hash[32] = "what is signed before and after";
    size_t length = 0;
    if (vault_psa_sign_hash(key, DETERMINISTIC_ECDSA, hash, sizeof(hash), signature, 64, &length) != 0 ||
        length != 64) {
        broken("does not sign", "the key");
    }
}

static int all(void) {
    unsigned char signature[64];
    unsigned char again[64];
    sign(signature);
    for (size_t i = 0; i < FUNCTIONS; i++) {
        struct shape shape = shape_of(&functions[i]);
        for (size_t kind = 0; kind < KINDS; kind++) {
            hostile_pointers(&functions[i], &shape, kind);
            hostile_lengths(&functions[i], &shape, kind);
            hostile_integers(&functions[i], &shape, kind);
            overlapping_buffers(&functions[i], &shape, kind);
            short_buffers(&functions[i], &shape, kind);
            clean(&functions[i]);
        }
    }
    printf("%zu functions, %lu calls, %lu refused or wrong, %lu succeeded\n", FUNCTIONS, calls, refused,
           succeeded);
    changing_buffers();
    printf("with changing buffers: %lu calls\n", calls);
    sign(again);
    if (memcmp(signature, again, sizeof(again)) != 0) {
        broken("signs otherwise than before", "the key");
    }
    printf("the key signs as before\n");
    return 0;
}

static int unmapped(const char *way) {
    uint32_t operation = 0;
    uint8_t hash[32];
    size_t length = 0;
    printf("tries %s\n", way);
    fflush(stdout);
    if (strcmp(way, "in") == 0) {
        (void)vault_psa_hash_compute(VAULT_ALG_SHA_256, arena + ARENA - 16, 32, hash, sizeof(hash), &length);
    } else if (strcmp(way, "out") == 0) {
        (void)vault_psa_generate_random(arena + ARENA - 16, 32);
    } else {
        (void)vault_psa_hash_setup((uint32_t *)(arena + ARENA), operation);
    }
    printf("came back\n");
    return 0;
}

int main(int argc, char **argv) {
    // To the page that is not there.
    size_t pages = (ARENA + 4095) / 4096 * 4096;
    arena = mmap(NULL, pages + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (argc < 2 || strlen(argv[1]) != 64 || arena == MAP_FAILED ||
        mprotect(arena + pages, 4096, PROT_NONE) != 0 || vault_psa_crypto_init() != VAULT_SUCCESS ||
        vault_open_key("key", &key) != VAULT_SUCCESS) {
        return 2;
    }
    arena += pages - ARENA;
    for (size_t i = 0; i < sizeof(complement); i++) {
        const char digits[3] = {argv[1][2 * i], argv[1][2 * i + 1], '\0'};
        complement[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
    for (uint32_t i = 0; i < PLACES; i++) {
        place[i] = vault_test_address(i, key);
        if (place[i] == 0) {
            broken("is not known", "a place in the vault");
        }
    }
    return argc == 4 && strcmp(argv[2], "unmapped") == 0 ? unmapped(argv[3]) : all();
}
