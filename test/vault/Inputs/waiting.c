// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A client whose calls wait in the vault for functions of its own that call the vault again, or that never
// come back. The argument says what it does; each test beside this folder says what it must print.
#include <mpkgate-abi.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vault-testing.h>
#include <vault.h>

#define ALGORITHM VAULT_ALG_ECDSA(VAULT_ALG_SHA_256)
#define SLOTS 64 // vault stacks
#define LARGE 32768

static uint32_t key;
static const uint8_t message[] = "a message of one piece";
static atomic_uint reader_calls;

static void require(bool condition, const char *what) {
    if (condition)
        return;
    printf("FAILED: %s\n", what);
    exit(1);
}

// Gives the message once; the context says whether it has.
static int64_t give_message(void *context, void *buffer, size_t size) {
    bool *is_given = context;
    if (*is_given || size < sizeof message)
        return 0;
    *is_given = true;
    memcpy(buffer, message, sizeof message);
    return sizeof message;
}

static int32_t sign_once(void) {
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    bool is_given = false;
    int32_t status =
        vault_sign_stream(key, ALGORITHM, give_message, &is_given, signature, sizeof signature, &length);
    if (status != VAULT_SUCCESS)
        return status;
    return vault_verify_message(key, ALGORITHM, message, sizeof message, signature, length);
}

static int32_t plain_call(void) {
    uint8_t random[4];
    return vault_generate_random(random, sizeof random);
}

// client -> vault -> client -> vault ...

static unsigned level, deepest, verified;

static int64_t go_deeper(void *context, void *buffer, size_t size);

static void nest(void) {
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length = 0;
    bool is_given = false;
    unsigned before = reader_calls;
    level++;
    int32_t status =
        vault_sign_stream(key, ALGORITHM, go_deeper, &is_given, signature, sizeof signature, &length);
    level--;
    if (status == VAULT_SUCCESS)
        verified += vault_verify_message(key, ALGORITHM, message, sizeof message, signature, length) == 0;
    else
        printf("level %u: status %d, %zu bytes, reader called %u times, another call %d\n", level + 1, status,
               length, reader_calls - before, plain_call());
}

static int64_t go_deeper(void *context, void *buffer, size_t size) {
    reader_calls++;
    if (!*(bool *)context) {
        deepest = level > deepest ? level : deepest;
        nest();
    }
    return give_message(context, buffer, size);
}

static void nest_twice(void) {
    for (int i = 0; i < 2; i++) {
        deepest = verified = 0;
        nest();
        printf("%u levels, %u signatures verified\n", deepest, verified);
    }
}

// By hand what the thunk does: the slots of this program, found through its own import records.
extern const struct mpkgate_import __start_mpkgate_imports[], __stop_mpkgate_imports[];

static const struct mpkgate_slot *slot_of(const char *name) {
    for (const struct mpkgate_import *i = __start_mpkgate_imports; i < __stop_mpkgate_imports; i++)
        if (strcmp((const char *)((uintptr_t)&i->name + (uintptr_t)(intptr_t)i->name), name) == 0)
            return (const struct mpkgate_slot *)((uintptr_t)&i->slot + (uintptr_t)(intptr_t)i->slot);
    abort();
}

struct by_hand {
    struct {
        int64_t result;
        void *function[4];
        struct mpkgate_request request;
    } block;
    uint8_t buffer[64];
    int64_t token; // or what else the gate said
};

static int64_t gate(struct by_hand *call, uint64_t index) {
    uint64_t entry = slot_of("vault_test_pump")->entry;
    return ((int64_t (*)(void *, uint64_t))entry)(&call->block, index);
}

static void begin(struct by_hand *call) {
    memset(call, 0, sizeof *call);
    for (int i = 0; i < 4; i++)
        call->block.function[i] = &key;
    call->block.request.buffer = (uintptr_t)call->buffer;
    call->block.request.buffer_size = sizeof call->buffer;
    call->token = gate(call, slot_of("vault_test_pump")->index);
    require(call->token > 0, "a call made by hand waits");
}

static int64_t answer(struct by_hand *call, int64_t token, int64_t result) {
    call->block.request.result = result;
    return gate(call, (uint64_t)token | MPKGATE_RESUME);
}

static unsigned refused;

static void expect_refusal(struct by_hand *call, uint64_t index) {
    call->block.request.result = 0;
    int64_t status = gate(call, index);
    refused += status == MPKGATE_NO_FUNCTION;
    if (status != MPKGATE_NO_FUNCTION)
        printf("FAILED: %#llx: %lld\n", (unsigned long long)index, (long long)status);
}

static void forge(void) {
    static struct by_hand one, other;
    begin(&one);
    begin(&other);
    int64_t stale = one.token;
    one.token = answer(&one, stale, 1); // the byte that was read is to be written
    require(one.token > 0 && one.token != stale, "a new token for each request");
    expect_refusal(&one, (uint64_t)stale | MPKGATE_RESUME);
    printf("stale: %u refused\n", refused);

    refused = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        expect_refusal(&one, ((uint64_t)one.token | MPKGATE_RESUME) ^ (UINT64_C(1) << bit));
    printf("one bit changed: %u refused\n", refused);

    refused = 0;
    uint64_t low = UINT32_MAX;
    expect_refusal(&one, ((uint64_t)one.token & low) | ((uint64_t)other.token & ~low) | MPKGATE_RESUME);
    expect_refusal(&one, ((uint64_t)other.token & low) | ((uint64_t)one.token & ~low) | MPKGATE_RESUME);
    printf("another slot's: %u refused\n", refused);

    refused = 0;
    for (uint64_t slot = 0; slot < SLOTS; slot++)
        for (uint64_t token = 0; token < 2; token++) // what free and running slots have
            expect_refusal(&one, MPKGATE_RESUME | slot << 32 | token);
    printf("no token: %u refused\n", refused);

    int64_t next = answer(&one, one.token, 1);
    int64_t end = answer(&one, next, 0);
    printf("the true ones: %lld, %lld bytes moved", (long long)end, (long long)one.block.result);
    end = answer(&other, other.token, 0);
    printf("; %lld, %lld bytes moved\n", (long long)end, (long long)other.block.result);
}

static void *answer_here(void *argument) {
    struct by_hand *call = argument;
    int64_t end = answer(call, call->token, 0);
    printf("answered elsewhere: %lld, result %lld\n", (long long)end, (long long)call->block.result);
    return NULL;
}

static void on_another_thread(void) {
    static struct by_hand call;
    pthread_t thread;
    begin(&call);
    require(pthread_create(&thread, NULL, answer_here, &call) == 0, "thread");
    pthread_join(thread, NULL);
    printf("answered again: %lld\n", (long long)answer(&call, call.token, 0));
    printf("signing: %d\n", sign_once());
}

// Threads that end inside.

static atomic_int thread_id;

static int64_t end_thread(void *context, void *buffer, size_t size) {
    (void)context, (void)buffer, (void)size;
    reader_calls++;
    syscall(SYS_exit, 0);
    return 0;
}

static struct {
    uint8_t signature[LARGE];
    size_t length;
} late;

static void *sign_and_end(void *unused) {
    (void)unused;
    thread_id = (int)syscall(SYS_gettid);
    vault_sign_stream(key, ALGORITHM, end_thread, NULL, late.signature, sizeof late.signature, &late.length);
    return NULL; // refused: no reader was called
}

static struct by_hand left[VAULT_WAITING_MAX];
static unsigned count_left;

static void *begin_and_end(void *unused) {
    (void)unused;
    thread_id = (int)syscall(SYS_gettid);
    begin(&left[count_left]);
    syscall(SYS_exit, 0);
    return NULL;
}

// Runs `work` on a thread, and returns when the kernel has no such thread any more.
static void run_to_end(void *(*work)(void *)) {
    pthread_t thread;
    require(pthread_create(&thread, NULL, work, NULL) == 0, "thread");
    pthread_join(thread, NULL);
    while (syscall(SYS_tgkill, getpid(), thread_id, 0) == 0)
        sched_yield();
}

static bool is_untouched(void) {
    for (size_t i = 0; i < sizeof late.signature; i++)
        if (late.signature[i] != 0xa5)
            return false;
    return late.length == 4711;
}

static void ended(void) {
    memset(late.signature, 0xa5, sizeof late.signature);
    late.length = 4711;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < VAULT_WAITING_MAX; i++)
            run_to_end(sign_and_end);
        printf("%u readers have ended their threads, signing: %d\n", reader_calls, sign_once());
    }
    printf("outputs of the calls: %s\n", is_untouched() ? "untouched" : "WRITTEN");
}

// Lost calls are ended by calls that have nothing to do with them; then their tokens are worth nothing.
static void ended_by_others(void) {
    int32_t status = 0;
    unsigned answered = 0;
    for (count_left = 0; count_left < VAULT_WAITING_MAX; count_left++)
        run_to_end(begin_and_end);
    for (int i = 0; i < SLOTS && status == 0; i++)
        status = plain_call();
    for (unsigned i = 0; i < VAULT_WAITING_MAX; i++) {
        left[i].block.result = 4711;
        int64_t end = answer(&left[i], left[i].token, 0);
        refused += end == MPKGATE_NO_FUNCTION && left[i].block.result == 4711;
        answered += end == MPKGATE_CALLED && left[i].block.result == 0;
    }
    printf("%d calls of another kind: %d\n", SLOTS, status);
    printf("answers to %d calls: %u refused, %u taken\n", VAULT_WAITING_MAX, refused, answered);
    printf("signing: %d\n", sign_once());
}

// A live thread's call is not ended, however many calls are lost.
static void living(void) {
    static struct by_hand call;
    begin(&call);
    for (int i = 0; i < VAULT_WAITING_MAX + SLOTS; i++)
        run_to_end(sign_and_end);
    int64_t end = answer(&call, call.token, 0);
    printf("%u readers have ended their threads, answer: %lld, result %lld\n", reader_calls, (long long)end,
           (long long)call.block.result);
}

// Readers that jump out.

static jmp_buf outside;

static int64_t jump(void *context, void *buffer, size_t size) {
    (void)context, (void)buffer, (void)size;
    reader_calls++;
    longjmp(outside, 1);
}

static void *jump_often(void *unused) {
    (void)unused;
    thread_id = (int)syscall(SYS_gettid);
    for (volatile int i = 0; i < VAULT_WAITING_MAX; i++)
        if (setjmp(outside) == 0)
            vault_sign_stream(key, ALGORITHM, jump, NULL, late.signature, sizeof late.signature,
                              &late.length);
    printf("%u readers have jumped out, signing: %d, another call: %d\n", reader_calls, sign_once(),
           plain_call());
    return NULL;
}

static void leave(void) {
    run_to_end(jump_often);
    printf("the thread has ended, signing: %d\n", sign_once());
}

// Calls that come back and calls that are lost, at once.

static int64_t give_byte(void *context, void *buffer, size_t size) {
    unsigned *left_over = context;
    if (*left_over == 0 || size == 0)
        return 0;
    *(uint8_t *)buffer = (uint8_t)*left_over;
    (*left_over)--;
    return 1;
}

static int64_t take_byte(void *context, const void *data, size_t size) {
    unsigned *sum = context;
    *sum += *(const uint8_t *)data;
    return size == 1 ? 1 : -7;
}

static atomic_bool is_over;
static atomic_uint wrong, right;

static void *pump_on(void *unused) {
    (void)unused;
    while (!is_over) {
        unsigned left_over = 3;
        unsigned sum = 0;
        int64_t moved = vault_test_pump(give_byte, &left_over, take_byte, &sum);
        if (moved == 3 && sum == 6)
            right++;
        else
            wrong++;
    }
    return NULL;
}

static void *sign_and_end_at_once(void *unused) {
    sign_and_end(unused);
    return unused;
}

static void mix(void) {
    pthread_t pumps[3], losers[4];
    for (int i = 0; i < 3; i++)
        require(pthread_create(&pumps[i], NULL, pump_on, NULL) == 0, "thread");
    for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 4; i++)
            require(pthread_create(&losers[i], NULL, sign_and_end_at_once, NULL) == 0, "thread");
        for (int i = 0; i < 4; i++)
            pthread_join(losers[i], NULL);
    }
    is_over = true;
    for (int i = 0; i < 3; i++)
        pthread_join(pumps[i], NULL);
    printf("%u calls lost, of the others some %s, %u wrong\n", reader_calls, right > 0 ? "right" : "NONE",
           wrong);
    printf("signing: %d\n", sign_once());
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        void (*run)(void);
    } parts[] = {
        {"nest", nest_twice}, {"forge", forge},   {"thread", on_another_thread},        {"ended", ended},
        {"living", living},   {"longjmp", leave}, {"ended-by-others", ended_by_others}, {"mix", mix}};
    setvbuf(stdout, NULL, _IOLBF, 0);
    require(vault_open_key("signing", &key) == VAULT_SUCCESS, "the key");
    for (size_t i = 0; argc == 2 && i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(argv[1], parts[i].name) == 0) {
            parts[i].run();
            return 0;
        }
    return 4;
}
