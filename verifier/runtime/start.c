// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The constructor. Under mpk-run it seals; in a program that was started directly it starts mpk-run on that
// program.
#include "start.h"

#include <asm/unistd.h>
#include <linux/auxvec.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "plan.h"
#include "report.h"
#include "seal.h"
#include "sys.h"

#ifndef MPKGATE_MPK_RUN
#error "MPKGATE_MPK_RUN: the path of mpk-run"
#endif

// mpk-run --self FD -- ARGV...: the descriptor names the very file that runs, whatever its path means by now.
static _Noreturn void restart(int argc, char **argv, char **environment) {
    long self = mpkgate_syscall(__NR_openat, AT_FDCWD, (long)"/proc/self/exe", O_RDONLY, 0, 0, 0);
    if (sys_failed(self))
        refuse("cannot open /proc/self/exe: mount /proc, or start the program with mpk-run", NULL);
    struct hex number = decimal((uint64_t)self);
    uint64_t size = PAGE_UP(((uint64_t)argc + 5) * sizeof(char *));
    long list =
        mpkgate_syscall(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sys_failed(list))
        refuse("no memory to start mpk-run", NULL);
    const char **arguments = (const char **)list;
    arguments[0] = "mpk-run";
    arguments[1] = "--self";
    arguments[2] = number.text;
    arguments[3] = "--";
    for (int i = 0; i <= argc; i++)
        arguments[4 + i] = i < argc ? argv[i] : NULL;
    long result = sys3(__NR_execve, (long)MPKGATE_MPK_RUN, (long)arguments, (long)environment);
    refuse("cannot start " MPKGATE_MPK_RUN " (errno ", decimal((uint64_t)-result).text,
           "): install MPKGate, or start the program with mpk-run", NULL);
}

__attribute__((constructor)) static void start(int argc, char **argv, char **environment) {
    char **end = environment;
    while (*end != NULL)
        end++;
    const uint64_t *auxiliary = (const uint64_t *)(end + 1);
    if (auxiliary_value(auxiliary, AT_SECURE) != 0) // A55: before anything else, with or without a plan
        refuse("set-user-ID and set-group-ID programs cannot be protected: ld.so ignores part of the launch",
               NULL);
    if (environment_value(environment, MPKGATE_PLAN_VARIABLE) == NULL)
        restart(argc, argv, environment);
    seal_process(environment, auxiliary);
}
