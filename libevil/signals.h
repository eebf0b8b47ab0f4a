// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// rt_sigaction as the kernel defines it; libc's sigaction may be somebody else's.
#ifndef EVIL_SIGNALS_H
#define EVIL_SIGNALS_H

#include "evil_asm.h"

#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef void evil_handler(int signal, siginfo_t *info, void *context);

#define KERNEL_SA_RESTORER 0x04000000

// Returns 0, or -1 with errno. The mask during the handler is empty.
static inline int evil_install(int signal, evil_handler *handler, unsigned long flags) {
    const struct {
        evil_handler *handler;
        unsigned long flags;
        void (*restorer)(void);
        uint64_t mask;
    } action = {handler, flags | SA_SIGINFO | KERNEL_SA_RESTORER, evil_restorer, 0};

    return (int)syscall(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

#endif
