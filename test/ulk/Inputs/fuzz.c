// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// fuzz FROM TARGET START END SETS: a jump to each byte of a gate from START up to END, with SETS sets of
// registers. FROM is "client" or "bob", a hostile server; TARGET is "N", the N-th area of the ULK gate, or
// "direct", Alice's direct gate.
//
// Each must end in a call that comes back with the rights it came with, in the end of the process by trusted
// code, or in a fault with the attacker's own rights. As in libevil's a04, forked children make the jumps,
// and a signal handler looks at PKRU, which takes a run without the system call filter; and a kernel that can
// write a signal frame whatever PKRU is (6.12).
#include <mpkgate-abi.h>
#include <pthread.h>
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

#include "alice.h"
#include "bob.h"
#include "evil_asm.h"
#include "signals.h"
#include "ulk-layout.h"
#include "xstate.h"

#define STACK_WORDS 8192
#define PATIENCE 5000 // milliseconds without a jump
#define SHOWN 8
#define ALICE 0
#define BOB 1
#define ULK_RIGHTS_ALL                                                                                       \
    (MPKGATE_PKRU_CLOSED & ~(3u << 2 * MPKGATE_PKEY_U) & ~(3u << 2 * MPKGATE_VAULT_PKEY_V(ALICE)) &          \
     ~(3u << 2 * MPKGATE_VAULT_PKEY_V(BOB)))

enum verdict { BACK, KILLED, FAULT, STUCK, OPEN, DAMAGE, VERDICTS };
static const char *const verdict_name[VERDICTS] = {"back", "killed", "fault", "STUCK", "OPEN", "DAMAGE"};

static struct progress {
    volatile uint64_t next, current;
    volatile uint64_t count[VERDICTS];
} *progress;

static int from_bob;
static uint64_t target, size, sets;
static uint64_t stack[STACK_WORDS];
static uint8_t block[1024];
static uint64_t secret, bobs_secret, bobs_landing, bobs_stack, alices_stack, sleeping_stack, areas;

extern const struct mpkgate_import first_import[] __asm__("__start_mpkgate_imports");
extern const struct mpkgate_import last_import[] __asm__("__stop_mpkgate_imports");

// What evil_asm.S wants for another attack.
_Noreturn void evil_rseq_landed(void) {
    abort();
}

// The gate by which this program calls the function.
static uint64_t gate_of(const char *function) {
    for (const struct mpkgate_import *import = first_import; import < last_import; import++)
        if (strcmp((const char *)&import->name + import->name, function) == 0)
            return ((const struct mpkgate_slot *)((const char *)&import->slot + import->slot))->entry;
    exit(2);
}

static uint64_t next_number(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint32_t vault_rights(unsigned vault, int manage) {
    unsigned k = 2 * (unsigned)MPKGATE_VAULT_PKEY_K((int)vault);
    return (MPKGATE_PKRU_CLOSED & ~(15u << k)) | (manage ? 0 : 2u << k);
}

static uint64_t interesting(uint64_t *state) {
    const uint64_t value[] = {
        0,
        1,
        ULK_RIGHTS_ALL,
        ULK_RIGHTS_ALL | 3u << 2 * MPKGATE_VAULT_PKEY_V(BOB),
        vault_rights(ALICE, 0),
        vault_rights(ALICE, 0) | 1,
        vault_rights(ALICE, 1),
        vault_rights(BOB, 0),
        vault_rights(BOB, 1) | 1,
        MPKGATE_PKRU_CLOSED,
        UINT64_C(8) << 32,
        UINT64_C(1024) << 32 | 1,
        UINT64_MAX,
        (uint64_t)(uintptr_t)evil_landing,
        (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2),
        (uint64_t)(uintptr_t)block,
        secret,
        bobs_secret,
        bobs_landing,
        bobs_stack,
        bobs_stack + GATE_STACK_STRIDE,
        sleeping_stack,
        alices_stack,
        alices_stack - GATE_SLOT_COUNT * GATE_STACK_STRIDE,
        areas,
        areas + ULK_INNER,
        areas - ULK_RECORD_COUNT * ULK_RECORD_STRIDE,
        areas - ULK_RECORD_COUNT * ULK_RECORD_STRIDE + ULK_RECORD_CALLS,
        target,
    };
    return value[next_number(state) % (sizeof value / sizeof value[0])];
}

// What one would try first: only eax differs.
static void choose_rights(uint64_t r[16], uint64_t set) {
    const uint32_t rights[] = {0,
                               ULK_RIGHTS_ALL,
                               ULK_RIGHTS_ALL | 3u << 2 * MPKGATE_VAULT_PKEY_V(BOB),
                               ULK_RIGHTS_ALL | 3u << 2 * MPKGATE_VAULT_PKEY_V(ALICE),
                               vault_rights(ALICE, 0) | 1,
                               vault_rights(BOB, 0) | 1};
    r[1] = rights[set];
}

// Registers as Alice would have them in a call of hers that no record knows of.
static void choose_as_alice(uint64_t r[16]) {
    r[1] = ULK_RIGHTS_ALL;
    r[6] = alices_stack - GATE_SLOT_COUNT * GATE_STACK_STRIDE;
    r[7] = UINT64_C(32) << 32;
    r[8] = r[6] + 64;
    r[11] = vault_rights(ALICE, 0);
}

// A return for the thread that sleeps in Bob, in a call of Alice's.
static void choose_return(uint64_t r[16]) {
    r[1] = ULK_RIGHTS_ALL;
    r[5] = sleeping_stack;
}

enum { SIMPLE = 6, AS_ALICE = SIMPLE, RETURN, BY_LOT };

static void choose(uint64_t r[16], uint64_t offset, uint64_t set) {
    uint64_t state = (offset + 1) * 0x9e3779b97f4a7c15 + set + 1;
    int by_lot = set >= BY_LOT;
    for (int i = 0; i < 16; i++)
        r[i] = by_lot ? interesting(&state) : 0;
    r[0] = target + offset;
    if (!by_lot || (next_number(&state) & 1) != 0)
        r[5] = r[6] = from_bob ? 0 : (uint64_t)(uintptr_t)(stack + STACK_WORDS / 2); // 0: Bob's own
    if (!by_lot || (next_number(&state) & 1) != 0) {
        r[7] = UINT64_C(32) << 32;
        r[8] = from_bob ? bobs_stack - 512 : (uint64_t)(uintptr_t)block;
    }
    if (by_lot && (next_number(&state) & 3) != 0)
        r[2] = r[3] = 0;
    if (set < SIMPLE || (by_lot && (next_number(&state) & 1) != 0))
        choose_rights(r, by_lot ? next_number(&state) % SIMPLE : set);
    else if (set == AS_ALICE)
        choose_as_alice(r);
    else if (set == RETURN)
        choose_return(r);
}

// Rights that the attacker has anyway: those of the client, and Bob's if it is Bob.
static int are_own(uint32_t pkru) {
    uint32_t others = 3u << 2 * MPKGATE_PKEY_U | 15u << 2 * MPKGATE_VAULT_PKEY_K(ALICE);
    uint32_t bobs = 15u << 2 * MPKGATE_VAULT_PKEY_K(BOB);
    if (!from_bob)
        others |= bobs;
    return (pkru & others) == (MPKGATE_PKRU_CLOSED & others);
}

// Alice's image, all gates, and what Bob's own code does with Bob's own rights.
static int is_trusted(uint64_t rip) {
    uint64_t image = secret & ~UINT64_C(0xfffff), bobs = bobs_landing & ~UINT64_C(0xfffff);
    if (rip - (bobs - 0x100000) < 0x300000)
        return 0;
    return (rip >= 0x10000 && rip < MPKGATE_LIMIT) || rip - image < 0x100000;
}

static enum verdict judge(const ucontext_t *context, int *used_up) {
    uint32_t pkru = xstate_pkru(context->uc_mcontext.fpregs);
    uint64_t rip = (uint64_t)context->uc_mcontext.gregs[REG_RIP];
    *used_up = from_bob || pkru != MPKGATE_PKRU_CLOSED;
    if (are_own(pkru))
        return FAULT;
    return is_trusted(rip) ? KILLED : OPEN;
}

static void note(enum verdict verdict) {
    if (progress->count[verdict]++ < SHOWN && verdict >= STUCK) {
        printf("byte 0x%llx, registers %llu: %s\n", (unsigned long long)(progress->current / sets),
               (unsigned long long)(progress->current % sets), verdict_name[verdict]);
        fflush(stdout);
    }
}

// A call of Alice's in which Bob sleeps for as long as this lasts. In a child, which has no such thread, it
// can only come back by a jump.
static void *sleep_in_bob(void *unused) {
    alice_lets_bob_act(BOB_SLEEP, 3600000);
    note(from_bob ? BACK : OPEN); // it is Bob who may end it
    _exit(unused == NULL);
}

static int vaults_work(void) {
    return alice_secret_is_whole() == 1 && alice_ask_bob(7) == (7 ^ 0xce << 8) && alice_recurse(2) == 5;
}

static void look_at_signal(int signal, siginfo_t *info, void *context) {
    int used_up;
    (void)signal;
    (void)info;
    note(judge(context, &used_up));
    _exit(1);
}

static int jump_as_client(const uint64_t r[16]) {
    struct evil_registers registers = {.general = {r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9],
                                                   r[10], r[11], r[12], r[13], r[14], r[15], r[0]},
                                       .flags = 0x202,
                                       .rip = r[0],
                                       .fs_base = (uint64_t)(uintptr_t)__builtin_thread_pointer()};
    int used_up = 0;
    for (size_t i = STACK_WORDS / 2 - 256; i < STACK_WORDS / 2 + 256; i++)
        stack[i] = (uint64_t)(uintptr_t)evil_landing;
    if (evil_jump(&registers) != 0)
        note(judge(evil_fault_context, &used_up));
    else
        note(evil_landed_pkru == MPKGATE_PKRU_CLOSED ? BACK : OPEN);
    return used_up;
}

// Comes back only if Bob's jump became a return of his.
static int jump_as_bob(const uint64_t r[16]) {
    bob_jump(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14],
             r[15]);
    note(BACK);
    return 0;
}

static _Noreturn void make_jumps(void) {
    uint64_t r[16];
    int used_up = 0;
    while (progress->next < size * sets && !used_up) {
        progress->current = progress->next++;
        choose(r, progress->current / sets, progress->current % sets);
        used_up = from_bob ? jump_as_bob(r) : jump_as_client(r);
        if (!used_up && progress->current % sets == sets - 1 && !vaults_work())
            note(DAMAGE);
    }
    _exit(used_up);
}

static int watch(pid_t child) {
    struct timespec pause = {.tv_nsec = 200000};
    uint64_t seen = UINT64_MAX;
    int status = 0;
    for (int waited = 0; waitpid(child, &status, WNOHANG) == 0; waited++) {
        waited = progress->current == seen ? waited : 0;
        seen = progress->current;
        if (waited > PATIENCE * 5) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            note(STUCK);
            return 1;
        }
        nanosleep(&pause, NULL);
    }
    if (WIFSIGNALED(status))
        note(KILLED);
    return !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void prepare(void) {
    static const int signals[] = {SIGSEGV, SIGILL, SIGBUS, SIGTRAP, SIGFPE};
    static _Alignas(64) unsigned char handler_stack[65536];
    const stack_t own = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    const uint64_t none = 0;
    secret = alice_secret_address();
    bobs_secret = bob_secret_address();
    bobs_landing = bob_landing_address();
    bobs_stack = bob_stack_address();
    alices_stack = alice_stack_address();
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (evil_install(signals[i], from_bob ? look_at_signal : (evil_handler *)evil_fault,
                         SA_ONSTACK | SA_NODEFER) != 0)
            exit(2);
    if (syscall(SYS_sigaltstack, &own, NULL) != 0 ||
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none) != 0)
        exit(2);
    // The seal keeps the vaults out of forked children (A30); here each child is to have them to break.
    madvise((void *)UINT64_C(0x10000), MPKGATE_LIMIT - 0x10000, MADV_DOFORK);
}

int main(int argc, char **argv) {
    if (argc != 6)
        return 2;
    from_bob = strcmp(argv[1], "bob") == 0;
    uint64_t start = strtoull(argv[3], NULL, 0);
    size = strtoull(argv[4], NULL, 0) - start;
    sets = strtoull(argv[5], NULL, 0);
    progress = mmap(NULL, sizeof *progress, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (progress == MAP_FAILED)
        return 2;
    // The first pair is the one of this program's first import; Bob's to Alice is known, too.
    uint64_t lowest = bob_gate_to_alice();
    for (const struct mpkgate_import *import = first_import; import < last_import; import++) {
        uint64_t gate = gate_of((const char *)&import->name + import->name);
        if (gate < lowest && lowest - gate < 0x100000)
            lowest = gate;
    }
    areas = lowest & ~UINT64_C(0xfff);
    target = strcmp(argv[2], "direct") == 0 ? gate_of("alice_secret_address") & ~UINT64_C(0xfff)
                                            : areas + strtoull(argv[2], NULL, 0) * ULK_AREA_SIZE;
    target += start;
    pthread_t sleeper;
    if (pthread_create(&sleeper, NULL, sleep_in_bob, NULL) != 0)
        return 2;
    while ((sleeping_stack = bob_sleeping_stack()) == 0)
        ;
    prepare(); // libmpkgate-compat.so blocks all signals at each pthread_create()
    int more = 1;
    while (more) {
        fflush(stdout);
        pid_t child =
            (pid_t)syscall(SYS_fork); // in libc's, libmpkgate-compat.so would block all signals again
        if (child < 0)
            return 2;
        if (child == 0)
            make_jumps();
        more = watch(child);
    }
    volatile uint64_t *count = progress->count;
    printf("%s, %s: %llu bytes, %llu register sets for each: %llu came back, %llu were killed by trusted "
           "code, %llu "
           "faulted with their own rights, %llu were stuck, %llu escaped, %llu did damage\n",
           argv[1], argv[2], (unsigned long long)size, (unsigned long long)sets,
           (unsigned long long)count[BACK], (unsigned long long)count[KILLED],
           (unsigned long long)count[FAULT], (unsigned long long)count[STUCK],
           (unsigned long long)count[OPEN], (unsigned long long)count[DAMAGE]);
    return count[STUCK] + count[OPEN] + count[DAMAGE] != 0;
}
