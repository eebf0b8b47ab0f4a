// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// slots [CALLS [THREADS]]: threads that begin their search for a vault stack at the same place, as an
// attacker who chooses his stack pointers does. Each asks for a byte of the key of its own; two on one stack
// get each other's answer, or each other's return address. Exit status 0 and the last line `ok`.
#include <alloca.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <vault-testing.h>
#include <vault.h>

#define THREADS 8
#define STACK (8 << 20)
#define PAGE 4096

static unsigned long calls;
static uint32_t key;
static int expected[THREADS];
static atomic_int failures;

// The gate's hash of a stack pointer, see gates.S.
static unsigned first_slot(uintptr_t stack_pointer) {
    return (uint32_t)(stack_pointer >> 12) * UINT32_C(0x9e3779b1) >> 26;
}

__attribute__((noinline)) static void ask(unsigned number) {
    for (unsigned long i = 0; i < calls && failures == 0; i++) {
        int32_t got = vault_test_touch_key(key, number, 0);

        if (got != expected[number])
            printf("FAILED: thread %u got %d instead of %d\n", number, (int)got, expected[number]);
        failures += got != expected[number];
    }
}

// Goes down its stack to a page with the hash of all.
static void *work(void *argument) {
    unsigned number = (unsigned)(uintptr_t)argument;

    for (int page = 0; page < STACK / PAGE - 8; page++) {
        volatile char *here = alloca(PAGE);

        here[0] = 0;
        // In the middle, so that the frames below stay on it.
        if (first_slot((uintptr_t)here) == 0 && (uintptr_t)here % PAGE > PAGE / 2) {
            ask(number);
            return NULL;
        }
        if ((uintptr_t)here % PAGE <= PAGE / 2)
            alloca(PAGE / 2);
    }
    failures++;
    return NULL;
}

int main(int argc, char **argv) {
    pthread_t thread[THREADS];
    pthread_attr_t attributes;
    uintptr_t threads;

    calls = argc > 1 ? strtoul(argv[1], NULL, 10) : 500;
    threads = argc > 2 ? strtoul(argv[2], NULL, 10) : THREADS;
    if (threads > THREADS || vault_open_key("aes", &key) != VAULT_SUCCESS)
        return 2;
    for (uint32_t i = 0; i < THREADS; i++)
        expected[i] = vault_test_touch_key(key, i, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    for (uintptr_t i = 0; i < threads; i++) {
        if (pthread_create(&thread[i], &attributes, work, (void *)i) != 0)
            return 2;
    }
    for (uintptr_t i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
    puts(failures == 0 ? "ok" : "not ok");
    return failures != 0;
}
