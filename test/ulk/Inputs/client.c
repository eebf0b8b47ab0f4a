// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// client ACT [OFFSET]: calls Alice and Bob, and lets Bob (or itself) act against the others. Prints what came
// of it; acts that are to fail end the process.
#include <inttypes.h>
#include <mpkgate-abi.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <vault-abi.h>

#include "alice.h"
#include "bob.h"
#include "ulk-layout.h"

static volatile uint64_t own_secret = UINT64_C(0xc11e475ec2e7c11e);

static void check(const char *what, int is_right) {
    printf("%s: %s\n", what, is_right ? "right" : "WRONG");
}

static void call_all(void) {
    struct alice_pair pair = alice_swap(3, 4);
    check("eight integers, six in registers and two on the stack",
          alice_weigh(1, 2, 3, 4, 5, 6, 7, 8) == 204);
    struct alice_five five = alice_count_up(7);
    check("a structure in memory", five.value[0] == 7 && five.value[1] == 8 && five.value[4] == 11);
    check("a structure in two registers", pair.first == 4 && pair.second == 3);
    check("floating point", alice_pass(-1.5, 2.5f) == -1.5);
    check("the other vault", bob_mix(5, 1) == 0x105);
    check("a vault that calls a vault", alice_ask_bob(7) == (7 ^ 0xce << 8));
    check("vaults that call each other", alice_recurse(3) == 7);
    check("the client's secret", own_secret == UINT64_C(0xc11e475ec2e7c11e));
    check("Alice's secret", alice_secret_is_whole() == 1);
}

extern const struct mpkgate_import first_import[] __asm__("__start_mpkgate_imports");
extern const struct mpkgate_import last_import[] __asm__("__stop_mpkgate_imports");

// A place of the gate by which this program calls the function.
static uint64_t place_of(const char *function, const char *offset) {
    for (const struct mpkgate_import *import = first_import; import < last_import; import++)
        if (strcmp((const char *)&import->name + import->name, function) == 0)
            return (((const struct mpkgate_slot *)((const char *)&import->slot + import->slot))->entry &
                    ~UINT64_C(0xfff)) +
                   strtoull(offset, NULL, 0);
    exit(2);
}

static uint64_t place_of_gate(const char *offset) {
    return place_of("bob_act", offset);
}

// The records lie in front of the first pair's area, which is one of this program's.
static uint64_t lowest_gate(void) {
    uint64_t lowest = UINT64_MAX;
    for (const struct mpkgate_import *import = first_import; import < last_import; import++) {
        uint64_t gate = ((const struct mpkgate_slot *)((const char *)&import->slot + import->slot))->entry;
        lowest = gate < lowest ? gate : lowest;
    }
    return lowest & ~UINT64_C(0xfff);
}

static void *let_bob_sleep(void *unused) {
    check("the sleeper's answer", bob_act(BOB_SLEEP, 2000) == 0);
    return unused;
}

static pthread_t start_sleeper(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, let_bob_sleep, NULL) != 0)
        exit(2);
    while (bob_sleeping_stack() == 0)
        ;
    return thread;
}

// Bob returns for a thread that sleeps in him; then that thread's own return is one too many.
static void return_twice(const char *offset) {
    start_sleeper();
    bob_set_stack(bob_sleeping_stack());
    bob_act(BOB_JUMP_STACK, place_of_gate(offset));
    puts("this thread went on as another");
    sleep(10);
}

static void *let_bob_end_it(void *unused) {
    bob_act(BOB_END_THREAD, 0);
    puts("WRONG: the thread came back");
    return unused;
}

static void *let_bob_let_alice_wait(void *unused) {
    bob_act(BOB_LETS_ALICE_WAIT, 3000);
    return unused;
}

// A second thread of Bob's calls Alice on the stack, and so with the record, of one that is in a call of
// Alice's.
static void two_threads_with_one_record(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, let_bob_let_alice_wait, NULL) != 0)
        exit(2);
    while (bob_sleeping_stack() == 0)
        ;
    usleep(300000);
    uint64_t stack = bob_sleeping_stack() - 4096;
    bob_jump(bob_gate_to_alice(), 0, 0, 0, 0, stack, stack, UINT64_C(8) << 32, stack - 4096, 0, 0, 0, 0, 0, 0,
             0);
}

// Bob calls Alice with a stack beyond all of his: he jumps behind the instruction that takes %rsp for it.
#define BEHIND_THE_STACK 13 // bytes: six pushes, a move
static void stack_that_is_not_his(void) {
    bob_jump(bob_gate_to_alice() + BEHIND_THE_STACK, 0, 0, 0, 0, 0, BOB_BEYOND, UINT64_C(8) << 32,
             bob_stack_address() - 16384, 0, 0, 0, 0, 0, 0, 0);
}

static void block_too_large(void) {
    static uint64_t block[512];
    uint64_t gate = place_of_gate("0");
    int64_t came =
        ((int64_t (*)(void *, uint64_t))(uintptr_t)gate)(block, (uint64_t)(ULK_BLOCK_MAX + 8) << 32);
    printf("came back: %d\n", (int)came);
}

// Not joined: the kernel writes what a joiner waits for with the rights that the thread ended with.
static void end_threads(void) {
    for (int i = 0; i < 3; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, let_bob_end_it, NULL) != 0 || pthread_detach(thread) != 0)
            exit(2);
    }
    sleep(1);
    check("vaults that call each other", alice_recurse(3) == 7);
}

static volatile sig_atomic_t signals;

static void count_signal(int number) {
    (void)number;
    signals++;
}

static void signal_in_call(void) {
    signal(SIGUSR1, count_signal);
    pthread_t thread = start_sleeper();
    kill(getpid(), SIGUSR1);
    pthread_join(thread, NULL);
    check("the handler ran", signals == 1);
    check("vaults that call each other", alice_recurse(3) == 7);
}

static void jump(uint64_t address) {
    ((void (*)(void))(uintptr_t)address)();
}

// Acts that need a place of the gate.
static int act_at(const char *name, const char *offset) {
    if (strcmp(name, "return-twice") == 0)
        return_twice(offset);
    else if (strcmp(name, "client-jumps") == 0)
        jump(place_of_gate(offset));
    else if (strcmp(name, "bob-jumps-closed") == 0)
        bob_jump(place_of_gate(offset), MPKGATE_PKRU_CLOSED, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    else if (strcmp(name, "bob-jumps-counting") == 0)
        bob_jump(place_of_gate(offset), MPKGATE_PKRU_CLOSED, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    else if (strcmp(name, "bob-jumps-open") == 0)
        bob_jump(place_of_gate(offset), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    else if (strcmp(name, "bob-jumps-lower") == 0) {
        bob_act(BOB_JUMP_LOWER, place_of_gate(offset));
    } else if (strcmp(name, "bob-returns-for-alice") == 0) {
        bob_act(BOB_JUMP, place_of("alice_weigh", offset));
    } else if (strcmp(name, "records-as-block") == 0) {
        uint64_t gate = place_of_gate("0"), records = lowest_gate() - ULK_RECORD_COUNT * ULK_RECORD_STRIDE;
        int64_t came = ((int64_t (*)(uint64_t, uint64_t))(uintptr_t)gate)(records, UINT64_C(64) << 32);
        printf("came back: %d\n", (int)came);
    } else
        return 2;
    puts("came back");
    return 0;
}

static int act(const char *name) {
    if (strcmp(name, "calls") == 0)
        call_all();
    else if (strcmp(name, "too-deep") == 0) {
        check("as deep as there is room", alice_recurse(3) == 7);
        check("deeper is refused", alice_recurse(1000) == -1);
        check("and works again", alice_recurse(3) == 7);
    } else if (strcmp(name, "read-client") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, (uint64_t)(uintptr_t)&own_secret));
    else if (strcmp(name, "write-client") == 0)
        printf("wrote: %d, %" PRIx64 "\n", (int)bob_act(BOB_WRITE, (uint64_t)(uintptr_t)&own_secret),
               own_secret);
    else if (strcmp(name, "kernel-client") == 0)
        printf("write(2): %d\n", (int)bob_act(BOB_ASK_KERNEL, (uint64_t)(uintptr_t)&own_secret));
    else if (strcmp(name, "read-alice") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, alice_secret_address()));
    else if (strcmp(name, "read-bob") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, bob_secret_address()));
    else if (strcmp(name, "kernel-alice") == 0)
        printf("write(2): %d\n", (int)bob_act(BOB_ASK_KERNEL, alice_secret_address()));
    else if (strcmp(name, "end-threads") == 0)
        end_threads();
    else if (strcmp(name, "two-threads") == 0)
        two_threads_with_one_record();
    else if (strcmp(name, "stack-that-is-not-his") == 0)
        stack_that_is_not_his();
    else if (strcmp(name, "block-too-large") == 0)
        block_too_large();
    else if (strcmp(name, "low-stack") == 0)
        check("a server without room is refused", bob_act(BOB_LOW_STACK, 0) == -1);
    else if (strcmp(name, "signal") == 0)
        signal_in_call();
    else if (strcmp(name, "return-elsewhere") == 0)
        printf("returned: %d\n", (int)bob_act(BOB_RETURN_ELSEWHERE, (uint64_t)(uintptr_t)&own_secret));
    else if (strcmp(name, "alice-lets-read-alice") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)alice_lets_bob_act(BOB_READ, alice_secret_address()));
    else
        return 2;
    return 0;
}

int main(int argc, char **argv) {
    setbuf(stdout, NULL);
    return argc == 3 ? act_at(argv[1], argv[2]) : argc == 2 ? act(argv[1]) : 2;
}
