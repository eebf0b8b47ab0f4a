// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A32: dumpable set back, so that core dumps and /proc/PID/mem are open again.
#include "evil.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int evil_dumpable(const struct evil_target *target) {
    (void)target;
    if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
        return evil_failed("prctl PR_SET_DUMPABLE");
    return evil_succeeded("the process is dumpable");
}

// A change of credentials sets dumpable anew; this one changes nothing else.
int evil_setuid(const struct evil_target *target) {
    (void)target;
    if (syscall(SYS_setresuid, getuid(), getuid(), getuid()) != 0)
        return evil_failed("setresuid");
    return evil_succeeded("the kernel takes a change of credentials");
}
