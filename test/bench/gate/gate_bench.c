// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a gated call costs, in nanoseconds, against the alternatives in the same process: a plain call, a
// system call, and asking another thread over a pair of pipes (the least that a second process would cost).
// Prints "NAME NANOSECONDS" lines, each the median of many rounds; run.sh makes ratios of them.
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <vault-testing.h>
#include <vault.h>
#ifdef BENCH_UNPROTECTED
#include <vault-unprotected.h>
#endif

#define ROUNDS 31

static uint32_t signing_key;
static int request[2], answer[2];

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void measure(const char *name, void (*function)(void), unsigned calls) {
    double round[ROUNDS];
    for (unsigned r = 0; r < ROUNDS; r++) {
        uint64_t start = now();
        for (unsigned i = 0; i < calls; i++)
            function();
        round[r] = (double)(now() - start) / calls;
    }
    qsort(round, ROUNDS, sizeof round[0], ascending);
    printf("%s %.1f\n", name, round[ROUNDS / 2]);
}

static uint64_t callee(uint32_t place, uint32_t key) {
    return place + key;
}

static uint64_t (*volatile plain)(uint32_t place,
                                  uint32_t key) = callee; // volatile: the compiler must not see through it

static void plain_call(void) {
    if (plain(VAULT_TEST_HEAP, 0) == 0)
        abort();
}

static void gated_call(void) {
    if (vault_test_address(VAULT_TEST_HEAP, 0) == 0)
        abort();
}

static void system_call(void) {
    syscall(SYS_getppid);
}

static void pipe_round_trip(void) {
    char byte = 0;
    if (write(request[1], &byte, 1) != 1 || read(answer[0], &byte, 1) != 1)
        abort();
}

static void *serve(void *unused) {
    (void)unused;
    char byte;
    while (read(request[0], &byte, 1) == 1)
        if (write(answer[1], &byte, 1) != 1)
            abort();
    return NULL;
}

static void sign(void) {
    static const uint8_t hash[32] = {1};
    uint8_t signature[VAULT_SIGNATURE_MAX];
    size_t length;
    if (vault_sign_hash(signing_key, VAULT_ALG_ECDSA(VAULT_ALG_SHA_256), hash, sizeof hash, signature,
                        sizeof signature, &length) != VAULT_SUCCESS)
        abort();
}

static void fail(const char *what) {
    fprintf(stderr, "bench-gate: %s\n", what);
    exit(1);
}

int main(int argc, char **argv) {
#ifdef BENCH_UNPROTECTED
    if (argc != 2 || vault_unprotected_load("signing", argv[1]) != 0)
        fail("usage: bench-gate-unprotected KEYFILE");
#else
    (void)argv;
    if (argc != 1)
        fail("usage: mpk-run --vault vault-test.so --key signing=KEYFILE -- bench-gate");
#endif
    if (vault_open_key("signing", &signing_key) != VAULT_SUCCESS)
        fail("no key is named signing");
    pthread_t thread = {0};
    if (pipe(request) != 0 || pipe(answer) != 0 || pthread_create(&thread, NULL, serve, NULL) != 0)
        fail("no pipes or no thread");
    measure("plain-call", plain_call, 100000);
    measure("vault-call", gated_call, 10000);
    measure("getppid", system_call, 10000);
    measure("pipe-round-trip", pipe_round_trip, 200);
    measure("ecdsa-p256-sign", sign, 5);
    close(request[1]);
    pthread_join(thread, NULL);
    return 0;
}
