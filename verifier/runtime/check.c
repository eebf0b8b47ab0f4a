// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The state of the process when ld.so hands it to the runtime, before anything is changed.
#include <asm/unistd.h>
#include <linux/auxvec.h>
#include <linux/fcntl.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

#define CPUID_7_ECX_OSPKE (1u << 4)
#define HWCAP2_FSGSBASE (1u << 1)
#define READ_IMPLIES_EXEC 0x0400000
#define SIGNALS 64

uint64_t auxiliary_value(const uint64_t *auxiliary, uint64_t type) {
    for (const uint64_t *pair = auxiliary; pair[0] != AT_NULL; pair += 2)
        if (pair[0] == type)
            return pair[1];
    return 0;
}

const char *environment_value(char **environment, const char *name) {
    size_t length = string_length(name, 256);
    for (char **entry = environment; *entry != NULL; entry++)
        if (string_begins(*entry, name) && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

static void check_processor(const struct seal *seal) {
    uint32_t leaf[4];
    mpkgate_cpuid(0, 0, leaf);
    uint32_t highest = leaf[0];
    mpkgate_cpuid(7, 0, leaf);
    if (!seal->plan->simulate && (highest < 7 || (leaf[2] & CPUID_7_ECX_OSPKE) == 0))
        refuse("this CPU or kernel has no protection keys (CPUID.7:ECX.OSPKE): nothing can be protected here",
               NULL);
    // A33: the full gate gives the vault a thread pointer of its own.
    bool is_full = false;
    for (unsigned i = 0; i < seal->plan->vault_count; i++)
        is_full = is_full || seal->vault[i].plan->gate == MPKGATE_GATE_FULL;
    if (is_full && (auxiliary_value(seal->auxiliary, AT_HWCAP2) & HWCAP2_FSGSBASE) == 0)
        refuse(
            "the kernel does not allow WRFSBASE (AT_HWCAP2): Linux 5.9 or newer without nofsgsbase is needed",
            NULL);
    // init_pkru= or a debugger can give a process other rights at exec; the gates' constants would be wrong.
    if (!seal->plan->simulate && mpkgate_rdpkru() != MPKGATE_PKRU_CLOSED)
        refuse("PKRU is ", hex(mpkgate_rdpkru()).text,
               " at start, not 0x55555554: remove init_pkru= from the kernel's command line", NULL);
}

// The number after "\nname:\t" in /proc/self/status.
static uint64_t status_number(const char *status, const char *name) {
    for (const char *at = status; *at != '\0'; at++) {
        if (*at != '\n' || !string_begins(at + 1, name))
            continue;
        uint64_t value = 0;
        for (at += 1 + string_length(name, 64); *at == ' ' || *at == '\t'; at++)
            ;
        for (; *at >= '0' && *at <= '9'; at++)
            value = value * 10 + (uint64_t)(*at - '0');
        return value;
    }
    refuse("/proc/self/status does not say ", name, NULL);
}

static void check_alone(void) {
    char status[8192];
    long fd =
        mpkgate_syscall(__NR_openat, AT_FDCWD, (long)"/proc/self/status", O_RDONLY | O_CLOEXEC, 0, 0, 0);
    long size = sys_failed(fd) ? fd : sys3(__NR_read, fd, (long)status, sizeof status - 1);
    if (sys_failed(size))
        refuse("cannot read /proc/self/status: mount /proc", NULL);
    sys3(__NR_close, fd, 0, 0);
    status[size] = '\0';
    if (status_number(status, "Threads:") != 1) // A26: a second thread could change what is being checked
        refuse("a thread is already running: a library started one before the seal", NULL);
    if (status_number(status, "TracerPid:") != 0) // A12
        refuse("the process is being traced: a debugger could read the keys; run without it", NULL);
}

// A7: on Linux 6.12 and newer a signal handler is a way to write into the vault.
static void check_dispositions(void) {
    for (long signal = 1; signal <= SIGNALS; signal++) {
        struct {
            uint64_t handler, flags, restorer, mask;
        } action = {0};
        long result = mpkgate_syscall(__NR_rt_sigaction, signal, 0, (long)&action, sizeof action.mask, 0, 0);
        if (sys_failed(result))
            refuse("cannot query the disposition of signal ", decimal((uint64_t)signal).text, NULL);
        if (action.handler > 1) // SIG_DFL, SIG_IGN
            refuse("signal ", decimal((uint64_t)signal).text,
                   " has a handler before the seal: a library installed one too early", NULL);
    }
}

void check_start(const struct seal *seal) {
    check_processor(seal);
    long personality = sys3(__NR_personality, 0xffffffff, 0, 0);
    if (sys_failed(personality) || (personality & READ_IMPLIES_EXEC) != 0) // A23
        refuse(
            "the personality makes readable memory executable (READ_IMPLIES_EXEC): start without setarch -X",
            NULL);
    const char *bind_now = environment_value(seal->environment, "LD_BIND_NOW");
    if (bind_now == NULL || *bind_now == '\0') // A3: the lazy-binding resolvers are about to be neutralised
        refuse("LD_BIND_NOW is not set: start the program with mpk-run", NULL);
    check_alone();
    check_dispositions();
}
