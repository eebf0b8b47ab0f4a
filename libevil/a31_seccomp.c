// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A31: a seccomp filter of the attacker's makes getrandom succeed and do nothing.
#include "evil.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

static int fake_getrandom(int by_prctl) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    unsigned char zeros[32] = {0};
    unsigned char random[32] = {0};

    // Refused in a sealed process, which has set it already.
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (by_prctl && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return evil_failed("prctl PR_SET_SECCOMP");
    if (!by_prctl && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
        return evil_failed("seccomp");
    if (syscall(SYS_getrandom, random, sizeof random, 0) != 0 || memcmp(random, zeros, sizeof zeros) != 0)
        return evil_failed_because("getrandom still works");
    return evil_succeeded("getrandom reports success and gives zeros");
}

int evil_seccomp(const struct evil_target *target) {
    (void)target;
    return fake_getrandom(0);
}

int evil_prctl_seccomp(const struct evil_target *target) {
    (void)target;
    return fake_getrandom(1);
}
