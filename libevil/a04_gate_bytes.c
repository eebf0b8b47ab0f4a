// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A4, A33, A41, A43, A57: a jump to every byte of the code that opens and closes, with registers of the
// attacker's choice. Each must end in a legal call, in the end of the process by the gate's own hand or the
// vault's, or in a fault with PKRU closed. In a sealed process every fault is the end. Here, so that many
// jumps can be made, a signal handler catches it and looks at the PKRU of the code that faulted, which takes
// a run without the system call filter (a test build of mpk-run: the gates must not need one).
//
// The jumps are made by a forked child, which ends after a fault inside of the vault, as a call that has
// begun there never ends; the next child goes on with the next jump.
#include "evil.h"
#include "evil_asm.h"
#include "signals.h"
#include "xstate.h"

#include <errno.h>
#include <mpkgate-abi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <vault-abi.h>
#include <vault-testing.h>
#include <vault.h>

// Register sets for each byte, unless the environment variable EVIL_SETS says another number, or "all".
#define SETS 40
#define STACK_WORDS 8192
// The part of it that a jump changes, words to each side of the middle.
#define STACK_USED 256
// Where the seal's reservation begins.
#define LOWEST UINT64_C(0x10000)
// A child that makes no jump for so long, in milliseconds, is stuck.
#define PATIENCE 5000
#define SHOWN 8

enum verdict {
    VERDICT_BACK,   // a legal call, or a return, with PKRU closed
    VERDICT_KILLED, // trusted code ended it, open
    VERDICT_FAULT,  // a fault with PKRU closed
    VERDICT_STUCK,
    VERDICT_OPEN,
    VERDICT_LEAK,
    VERDICT_DAMAGE,
    VERDICTS
};
enum { CHILD_DONE = 0, CHILD_USED_UP = 1 };

// What parent and child share.
struct progress {
    volatile uint64_t next;    // jump: offset * sets + set
    volatile uint64_t current; // the jump that is being made
    volatile uint64_t count[VERDICTS];
};

static const struct evil_target *victim;
static struct progress *progress;
static unsigned char key_before[EVIL_KEY_MAX];
static int first_byte;
static uint64_t stack[STACK_WORDS];
static uint64_t vault_stack;
static uint64_t vault_text;
static uint64_t own_fs_base;
static uint64_t touch_index;
// The argument block of vault_test_touch_key, see mpkgate-abi.h. With `write` it is a fault unless the gate
// gave more rights than its class has.
static union {
    struct {
        int32_t result;
        uint32_t key;
        uint32_t offset;
        uint32_t write;
    } touch;
    uint8_t bytes[1024];
} block;

static int holds_key(const void *memory, size_t size) {
    for (size_t at = 0; at + 8 <= size; at++) {
        for (size_t part = 0; part + 8 <= victim->key_size; part++) {
            if (memcmp((const char *)memory + at, key_before + part, 8) == 0)
                return 1;
        }
    }
    return 0;
}

static uint64_t next_number(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Values that are good for something: rights, small numbers, indices, and addresses of all that matters.
static uint64_t interesting(uint64_t *state) {
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
        touch_index,
        (uint64_t)(uintptr_t)evil_landing,
        (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2),
        (uint64_t)(uintptr_t)&block,
        (uint64_t)(uintptr_t)victim->key,
        gate + 0x1000,
        gate + 0x2000,
        vault_stack,
        vault_text,
    };

    return value[next_number(state) % (sizeof value / sizeof value[0])];
}

// The product of what matters to a gate. A set's number is its coordinates.
#define RIGHTS 5U
#define COUNTERS 3
#define STACKS 3
#define FLAGS 5
#define BASES 3
#define PRODUCT (RIGHTS * COUNTERS * STACKS * FLAGS * BASES * BASES)

static uint64_t take(unsigned *set, unsigned of) {
    unsigned coordinate = *set % of;

    *set /= of;
    return coordinate;
}

static void choose_product(struct evil_registers *registers, unsigned set, uint64_t *state) {
    const uint64_t rights[RIGHTS] = {0, MPKGATE_PKRU_OPEN_CRYPTO, MPKGATE_PKRU_OPEN_MANAGE,
                                     MPKGATE_PKRU_CLOSED, next_number(state) & UINT32_MAX};
    // None, DF, AC, NT, TF.
    static const uint64_t flags[FLAGS] = {0x202, 0x602, 0x40202, 0x4202, 0x302};
    static const uint64_t nowhere[] = {0, 0x10, UINT64_MAX - 7, UINT64_C(1) << 63, MPKGATE_LIMIT - 8};
    const uint64_t stacks[STACKS] = {registers->general[EVIL_RSP], vault_stack,
                                     nowhere[next_number(state) % 5]};
    const uint64_t bases[BASES] = {own_fs_base, (uint64_t)(uintptr_t)victim->key, 0};
    uint64_t counter;

    registers->general[EVIL_RAX] = rights[take(&set, RIGHTS)];
    counter = take(&set, COUNTERS);
    registers->general[EVIL_RCX] = counter & 1;
    registers->general[EVIL_RDX] = counter >> 1;
    registers->general[EVIL_RSP] = stacks[take(&set, STACKS)];
    registers->flags = flags[take(&set, FLAGS)];
    registers->fs_base = bases[take(&set, BASES)];
    registers->gs_base = bases[take(&set, BASES)];
}

// The first RIGHTS sets are what an attacker would try first: only eax differs. Of the others each is a
// member of the product, by lot unless all are tried, and everything else is drawn by lot: the same each
// time.
static void choose(struct evil_registers *registers, size_t offset, unsigned set, int all) {
    uint64_t state = (offset + 1) * 0x9e3779b97f4a7c15 + set;
    uint64_t middle = (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2);
    int simple = set < RIGHTS;

    for (int i = 0; i < 16; i++)
        registers->general[i] = simple ? 0 : interesting(&state);
    registers->general[EVIL_RSP] = middle;
    if (simple || (next_number(&state) & 1) != 0)
        registers->general[EVIL_RBP] = middle;
    if (simple || (next_number(&state) & 1) != 0) {
        registers->general[EVIL_RDI] = (uint64_t)(uintptr_t)&block;
        registers->general[EVIL_RSI] = touch_index;
    }
    choose_product(registers, simple || all ? set : (unsigned)(next_number(&state) % (uint64_t)PRODUCT),
                   &state);
    registers->rip = (uint64_t)(uintptr_t)victim->gate + offset;
}

// Everything below LIMIT is trusted in a sealed process.
static int is_trusted(uint64_t address) {
    return address - (uint64_t)(uintptr_t)victim->gate < victim->gate_size ||
           (victim->is_sealed && address >= LOWEST && address < MPKGATE_LIMIT);
}

// A child goes on after a fault with PKRU closed, and after the ud2 of a gate that has not called the vault.
static enum verdict judge_fault(const ucontext_t *context, int *used_up) {
    uint64_t rip = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    uint64_t rsp = (uint64_t)context->uc_mcontext.gregs[REG_RSP];

    if (xstate_pkru(context->uc_mcontext.fpregs) == victim->closed)
        return VERDICT_FAULT;
    *used_up = is_trusted(rsp) || rip - (uint64_t)(uintptr_t)victim->gate >= victim->gate_size;
    return is_trusted(rip) ? VERDICT_KILLED : VERDICT_OPEN;
}

static enum verdict judge_return(void) {
    if (evil_landed_pkru != victim->closed)
        return VERDICT_OPEN;
    if (holds_key(evil_landed_registers.general, sizeof evil_landed_registers.general) ||
        holds_key(&block, sizeof block))
        return VERDICT_LEAK;
    return vault_test_touch_key(victim->id, 0, 0) == first_byte ? VERDICT_BACK : VERDICT_DAMAGE;
}

// The index of vault_test_touch_key in the table of its class, as this library's import record has it.
#ifdef EVIL_UNPROTECTED
static uint64_t index_of_touch(void) {
    return 0;
}
#else
extern const struct mpkgate_import first_import[] __asm__("__start_mpkgate_imports");
extern const struct mpkgate_import last_import[] __asm__("__stop_mpkgate_imports");

static uint64_t index_of_touch(void) {
    for (const struct mpkgate_import *import = first_import; import < last_import; import++) {
        if (strcmp((const char *)&import->name + import->name, "vault_test_touch_key") == 0)
            return ((const struct mpkgate_slot *)((const char *)&import->slot + import->slot))->index;
    }
    return 0;
}
#endif

// The key's bytes, to recognise them: known to this test, not to an attacker.
static void know_the_key(void) {
    for (size_t i = 0; i < victim->key_size; i++)
        key_before[i] = (unsigned char)vault_test_touch_key(victim->id, (uint32_t)i, 0);
    first_byte = key_before[0];
    touch_index = index_of_touch();
    vault_stack = vault_test_address(VAULT_TEST_STACK, 0);
    vault_text = vault_test_address(VAULT_TEST_TEXT, 0);
    own_fs_base = (uint64_t)(uintptr_t)__builtin_thread_pointer();
}

static int catch_faults(void) {
    static const int signals[] = {SIGSEGV, SIGILL, SIGBUS, SIGTRAP, SIGFPE};
    static _Alignas(64) unsigned char handler_stack[65536];
    const stack_t own = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    const uint64_t none = 0;

    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        if (evil_install(signals[i], (evil_handler *)evil_fault, SA_ONSTACK | SA_NODEFER) != 0)
            return -1;
    }
    if (syscall(SYS_sigaltstack, &own, NULL) != 0)
        return -1;
    return (int)syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
}

static const char *const verdict_name[VERDICTS] = {"back", "killed", "fault", "STUCK",
                                                   "OPEN", "LEAK",   "DAMAGE"};

static void note(enum verdict verdict, unsigned sets) {
    uint64_t jump = progress->current;

    if (progress->count[verdict]++ < SHOWN && verdict >= VERDICT_STUCK) {
        printf("byte 0x%zx, registers %u: %s\n", (size_t)(jump / sets), (unsigned)(jump % sets),
               verdict_name[verdict]);
        fflush(stdout);
    }
}

// Returns 1 if the child cannot make another jump.
static int try_one(size_t offset, unsigned set, unsigned sets) {
    struct evil_registers registers;
    int used_up = 0;
    int signal;

    choose(&registers, offset, set, sets == PRODUCT);
    memset(&block, 0, sizeof block);
    block.touch.key = victim->id;
    // What a class may not, now and then: a call that writes is the end of this child.
    block.touch.write = set == 2 || (set > RIGHTS && set % 16 == 0);
    for (size_t i = STACK_WORDS / 2 - STACK_USED; i < STACK_WORDS / 2 + STACK_USED; i++)
        stack[i] = (uint64_t)(uintptr_t)evil_landing;
    signal = evil_jump(&registers);
    note(signal == 0 ? judge_return() : judge_fault(evil_fault_context, &used_up), sets);
    return used_up;
}

// Bytes that are a far return where they stand. QEMU 7.2 makes their stack accesses the kernel's, and the
// kernel then panics: any program can do that to an emulated machine. EVIL_NO_FAR_RETURNS leaves them out.
static int left_out(unsigned char byte) {
    return getenv("EVIL_NO_FAR_RETURNS") != NULL && (byte == 0xca || byte == 0xcb || byte == 0xcf);
}

static _Noreturn void make_jumps(uint64_t jumps, unsigned sets) {
    uint8_t random[8];

    while (progress->next < jumps) {
        uint64_t jump = progress->next;

        progress->current = jump;
        progress->next = jump + 1;
        if (!left_out(victim->gate[jump / sets]) && try_one(jump / sets, (unsigned)(jump % sets), sets))
            _exit(CHILD_USED_UP);
        // Whatever a jump did to the vault, it must still work.
        if (jump % sets == sets - 1 && vault_generate_random(random, sizeof random) != VAULT_SUCCESS)
            note(VERDICT_DAMAGE, sets);
    }
    _exit(CHILD_DONE);
}

// Returns whether there is more to do.
static int watch(pid_t child, unsigned sets) {
    struct timespec pause = {.tv_nsec = 1000000};
    uint64_t seen = 0;
    int status = 0;

    for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited++) {
        if (progress->current != seen)
            waited = 0;
        seen = progress->current;
        if (waited > PATIENCE) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            note(VERDICT_STUCK, sets);
            return 1;
        }
        nanosleep(&pause, NULL);
    }
    // Where the kernel cannot write the frame (before 6.12, with PKRU closed to everybody), it is the end.
    if (WIFSIGNALED(status))
        note(VERDICT_KILLED, sets);
    else if (WEXITSTATUS(status) != CHILD_DONE && WEXITSTATUS(status) != CHILD_USED_UP)
        note(VERDICT_DAMAGE, sets);
    return !WIFEXITED(status) || WEXITSTATUS(status) != CHILD_DONE;
}

static int make_all(uint64_t jumps, unsigned sets) {
    int more = 1;

    while (more) {
        pid_t child;

        fflush(stdout);
        child = (pid_t)syscall(SYS_fork); // in libc's, libmpkgate-compat.so would block all signals again
        if (child < 0)
            return -1;
        if (child == 0)
            make_jumps(jumps, sets);
        more = watch(child, sets);
    }
    return 0;
}

static unsigned wanted_sets(void) {
    const char *wanted = getenv("EVIL_SETS");

    unsigned sets = SETS;

    if (wanted != NULL)
        sets = strcmp(wanted, "all") == 0 ? PRODUCT : (unsigned)strtoul(wanted, NULL, 10);
    return sets > 0 ? sets : SETS;
}

int evil_gate_bytes(const struct evil_target *target) {
    unsigned sets = wanted_sets();
    volatile uint64_t *count;

    victim = target;
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED)
        return evil_cannot("mmap");
    know_the_key();
    if (catch_faults() != 0)
        return evil_failed("rt_sigaction");
    // The seal keeps the vault out of forked children (A30); here each child is to have one to break.
    madvise((void *)LOWEST, MPKGATE_LIMIT - LOWEST, MADV_DOFORK);
    if (make_all(target->gate_size * sets, sets) != 0)
        return evil_failed("fork");
    count = progress->count;
    printf("%zu bytes, %u register sets for each: %llu came back closed, %llu were killed by trusted code, "
           "%llu faulted closed, %llu were stuck\n",
           target->gate_size, sets, (unsigned long long)count[VERDICT_BACK],
           (unsigned long long)count[VERDICT_KILLED], (unsigned long long)count[VERDICT_FAULT],
           (unsigned long long)count[VERDICT_STUCK]);
    if (count[VERDICT_STUCK] + count[VERDICT_OPEN] + count[VERDICT_LEAK] + count[VERDICT_DAMAGE] == 0)
        return evil_failed_because("no jump into the gates escaped");
    return evil_succeeded("%llu jumps came back open, %llu with key bytes, %llu with a damaged vault",
                          (unsigned long long)count[VERDICT_OPEN], (unsigned long long)count[VERDICT_LEAK],
                          (unsigned long long)count[VERDICT_DAMAGE]);
}
