// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A4, A43, A57: a jump to every byte of the code that opens and closes, with registers of the attacker's
// choice. Each jump is made by a forked child, so this attack is for a run in which fork is allowed (a test
// build of mpk-run without its system call filter: the gates must not need one).
//
// A child that gets control back finds out whether PKRU is closed, whether a register holds a part of the
// key, and whether the vault still works. One that is ended by a fault is as it should be.
#include "evil.h"
#include "evil_asm.h"

#include <errno.h>
#include <mpkgate-abi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vault-abi.h>
#include <vault-testing.h>
#include <vault.h>

// Register sets for each byte, unless the environment variable EVIL_SETS says another number.
#define SETS 12
#define STACK_WORDS 8192
// Where the seal's reservation begins.
#define LOWEST UINT64_C(0x10000)
// A child that runs longer than this, in milliseconds, is stuck.
#define PATIENCE 300

enum verdict {
    VERDICT_BACK,
    VERDICT_FAULT,
    VERDICT_STUCK,
    VERDICT_OPEN,
    VERDICT_LEAK,
    VERDICT_DAMAGE,
    VERDICTS
};
// Exit statuses of a child; any other is the vault's, or libc's.
enum { EXIT_BACK = 64, EXIT_OPEN = 65, EXIT_LEAK = 66, EXIT_DAMAGE = 67 };

static const struct evil_target *victim;
static unsigned char key_before[EVIL_KEY_MAX];
static int first_byte;
static uint64_t stack[STACK_WORDS];
static uint8_t block[1024];

static int holds_key(const void *memory, size_t size) {
    for (size_t at = 0; at + 8 <= size; at++) {
        for (size_t part = 0; part + 8 <= victim->key_size; part++) {
            if (memcmp((const char *)memory + at, key_before + part, 8) == 0)
                return 1;
        }
    }
    return 0;
}

// The child is back from the jump.
void evil_landed(void) {
    uint8_t random[8];

    if (evil_landed_pkru != victim->closed)
        _exit(EXIT_OPEN);
    if (holds_key(evil_landed_registers.general, sizeof evil_landed_registers.general) ||
        holds_key(block, sizeof block))
        _exit(EXIT_LEAK);
    if (vault_test_touch_key(victim->id, 0, 0) != first_byte)
        _exit(EXIT_DAMAGE);
    if (vault_generate_random(random, sizeof random) != VAULT_SUCCESS)
        _exit(EXIT_DAMAGE);
    _exit(EXIT_BACK);
}

static uint64_t next_number(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Values that are good for something: rights, small numbers, indices, and addresses of all that matters.
static uint64_t interesting(uint64_t *state) {
    uint64_t middle = (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2);
    uint64_t gate = (uint64_t)(uintptr_t)victim->gate;
    const uint64_t value[] = {
        0,
        1,
        MPKGATE_PKRU_OPEN_CRYPTO,
        MPKGATE_PKRU_OPEN_MANAGE,
        MPKGATE_PKRU_CLOSED,
        UINT32_MAX,
        UINT64_MAX,
        UINT64_C(1) << 63,
        UINT64_C(1) << 63 | 2,
        victim->gate_index,
        (uint64_t)(uintptr_t)evil_landing,
        middle,
        (uint64_t)(uintptr_t)block,
        (uint64_t)(uintptr_t)victim->key,
        gate + 0x1000,
        gate + 0x2000,
        vault_test_address(VAULT_TEST_STACK, 0),
        vault_test_address(VAULT_TEST_TEXT, 0),
    };

    return value[next_number(state) % (sizeof value / sizeof value[0])];
}

// Set 0 to 4 are what an attacker would try first; the rest is drawn by lot, the same each time.
static void choose(struct evil_registers *registers, size_t offset, unsigned set) {
    static const uint32_t rights[] = {0, MPKGATE_PKRU_OPEN_CRYPTO, MPKGATE_PKRU_OPEN_MANAGE,
                                      MPKGATE_PKRU_CLOSED, 1};
    uint64_t state = (offset + 1) * 0x9e3779b97f4a7c15 + set;

    for (int i = 0; i < 16; i++)
        registers->general[i] = set < 5 ? 0 : interesting(&state);
    registers->general[EVIL_RSP] = (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2);
    registers->general[EVIL_RBP] = registers->general[EVIL_RSP];
    registers->flags = 0x202;
    if (set < 5) {
        registers->general[EVIL_RAX] = rights[set];
        registers->general[EVIL_RDI] = (uint64_t)(uintptr_t)block;
        registers->general[EVIL_RSI] = victim->gate_index;
        return;
    }
    // Most jumps past a wrpkru need these, and get them half of the time.
    if (next_number(&state) & 1)
        registers->general[EVIL_RCX] = registers->general[EVIL_RDX] = 0;
    if ((next_number(&state) & 3) == 0)
        registers->general[EVIL_RSP] = interesting(&state);
    if ((next_number(&state) & 3) == 0)
        registers->general[EVIL_RBP] = interesting(&state);
    if (next_number(&state) & 1)
        registers->flags |= 0x400; // DF
}

static enum verdict wait_for(pid_t child) {
    struct timespec pause = {.tv_nsec = 50 * 1000};
    int status = 0;

    for (long waited = 0; waitpid(child, &status, WNOHANG) == 0; waited += pause.tv_nsec) {
        if (waited > PATIENCE * 1000000L) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return VERDICT_STUCK;
        }
        nanosleep(&pause, NULL);
    }
    if (WIFSIGNALED(status))
        return VERDICT_FAULT;
    switch (WEXITSTATUS(status)) {
    case EXIT_OPEN:
        return VERDICT_OPEN;
    case EXIT_LEAK:
        return VERDICT_LEAK;
    case EXIT_DAMAGE:
        return VERDICT_DAMAGE;
    default:
        return VERDICT_BACK;
    }
}

static int try_one(size_t offset, unsigned set, enum verdict *verdict) {
    struct evil_registers registers;
    pid_t child;

    choose(&registers, offset, set);
    registers.rip = (uint64_t)(uintptr_t)victim->gate + offset;
    child = fork();
    if (child < 0)
        return -1;
    if (child == 0)
        evil_jump(&registers);
    *verdict = wait_for(child);
    return 0;
}

// The key's bytes, to recognise them: known to this test, not to an attacker.
static void know_the_key(void) {
    for (size_t i = 0; i < victim->key_size; i++)
        key_before[i] = (unsigned char)vault_test_touch_key(victim->id, (uint32_t)i, 0);
    first_byte = key_before[0];
    for (size_t i = 0; i < STACK_WORDS; i++)
        stack[i] = (uint64_t)(uintptr_t)evil_landing;
}

// Bytes that are a far return where they stand. QEMU 7.2 makes their stack accesses the kernel's, and the
// kernel then panics: any program can do that to an emulated machine. EVIL_NO_FAR_RETURNS leaves them out.
static int left_out(unsigned char byte) {
    return getenv("EVIL_NO_FAR_RETURNS") != NULL && (byte == 0xca || byte == 0xcb || byte == 0xcf);
}

int evil_gate_bytes(const struct evil_target *target) {
    static const char *const word[VERDICTS] = {"back", "fault", "stuck", "OPEN", "LEAK", "DAMAGE"};
    unsigned count[VERDICTS] = {0};
    const char *wanted = getenv("EVIL_SETS");
    unsigned sets = wanted == NULL ? SETS : (unsigned)strtoul(wanted, NULL, 10);

    victim = target;
    know_the_key();
    // The seal keeps the vault out of forked children (A30); here each child is to have one to break.
    madvise((void *)LOWEST, MPKGATE_LIMIT - LOWEST, MADV_DOFORK);
    for (size_t offset = 0; offset < target->gate_size; offset++) {
        for (unsigned set = 0; set < sets && !left_out(target->gate[offset]); set++) {
            enum verdict verdict = VERDICT_BACK;

            if (try_one(offset, set, &verdict) != 0)
                return evil_failed("fork");
            if (count[verdict]++ < 8 && verdict >= VERDICT_STUCK)
                printf("byte 0x%zx, registers %u: %s\n", offset, set, word[verdict]);
            fflush(stdout);
        }
    }
    printf("%zu bytes, %u jumps to each: %u came back, %u faulted, %u were stuck\n", target->gate_size, sets,
           count[VERDICT_BACK], count[VERDICT_FAULT], count[VERDICT_STUCK]);
    if (count[VERDICT_OPEN] + count[VERDICT_LEAK] + count[VERDICT_DAMAGE] == 0)
        return evil_failed_because(
            "no jump into the gates came back open, with key bytes, or with a damaged vault");
    return evil_succeeded("%u jumps came back open, %u with key bytes, %u with a damaged vault",
                          count[VERDICT_OPEN], count[VERDICT_LEAK], count[VERDICT_DAMAGE]);
}
