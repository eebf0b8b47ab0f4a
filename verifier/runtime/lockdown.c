// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Takes away, for good and for every thread to come, what the kernel would do for a hostile client.
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/filter.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/resource.h>
#include <linux/rseq.h>
#include <linux/seccomp.h>
#include <linux/signal.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#endif
#define MDWE_REFUSE_EXEC_GAIN 1
#ifndef __NR_mseal
#define __NR_mseal 462
#endif
#ifndef __NR_landlock_restrict_self
#define __NR_landlock_restrict_self 446
#endif
#define RSEQ_SIGNATURE 0x53053053 // glibc's (sysdeps/unix/sysv/linux/x86/bits/rseq.h)
#define RSEQ_AREA_MAX 4096        // bytes; far above any kernel's AT_RSEQ_FEATURE_SIZE
#define UID_ROOT 0

static void must(long result, const char *what) {
    if (sys_failed(result))
        refuse("the kernel refuses ", what, " (errno ", decimal((uint64_t)-result).text, ")", NULL);
}

static long rseq(uint64_t area, uint64_t size, int flags) {
    return mpkgate_syscall(__NR_rseq, (long)area, (long)size, flags, RSEQ_SIGNATURE, 0, 0);
}

// A9: an rseq abort would run client code with the vault's rights. glibc registered the main thread; the
// kernel does not say with which size, so the sizes that glibc uses are tried: 32, and from 2.40 on what
// AT_RSEQ_FEATURE_SIZE says, rounded up.
void unregister_rseq(const struct seal *seal) {
    if (seal->plan->rseq_object >= 0 && (uint32_t)seal->plan->rseq_object < seal->plan->object_count) {
        int64_t offset;
        uint64_t thread = 0;
        must(sys3(__NR_arch_prctl, ARCH_GET_FS, (long)&thread, 0), "ARCH_GET_FS");
        uint64_t at = seal->base[seal->plan->rseq_object] + seal->plan->rseq_offset;
        memcpy(&offset, (const void *)at, sizeof offset);
        for (uint64_t size = 32; size <= RSEQ_AREA_MAX; size += 32)
            if (!sys_failed(rseq(thread + (uint64_t)offset, size, RSEQ_FLAG_UNREGISTER)))
                break;
    }
    // The proof: a registration of one's own is only accepted where there is none.
    static _Alignas(32) unsigned char own[32];
    long result = rseq((uint64_t)own, sizeof own, 0);
    if (result == -ENOSYS)
        return;
    if (sys_failed(result) || sys_failed(rseq((uint64_t)own, sizeof own, RSEQ_FLAG_UNREGISTER)))
        refuse("a restartable sequence (rseq) stays registered: this glibc is not known to libmpkgate.so",
               NULL);
}

// A6, A7: no signal is ever delivered to a thread of this process but by its default action. Threads inherit
// the mask.
void block_signals(void) {
    uint64_t all = ~UINT64_C(0);
    if (sys_failed(mpkgate_syscall(__NR_rt_sigprocmask, SIG_BLOCK, (long)&all, 0, sizeof all, 0, 0)))
        refuse("cannot block signals", NULL);
}

static bool is_kept(const struct seal *seal, int fd) {
    if (fd == seal->maps_fd || fd == seal->plan->landlock_fd || fd == seal->plan->store_key_fd)
        return true;
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    for (uint32_t i = 0; i < seal->plan->key_count; i++)
        if (key[i].fd == fd || key[i].passphrase == fd)
            return true;
    return false;
}

// A11, A14: Landlock says nothing about what is open already. Standard input, output and error stay; mpk-run
// looked at them.
void close_descriptors(const struct seal *seal) {
    int highest = seal->maps_fd > seal->plan->landlock_fd ? seal->maps_fd : seal->plan->landlock_fd;
    highest = seal->plan->store_key_fd > highest ? seal->plan->store_key_fd : highest;
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    for (uint32_t i = 0; i < seal->plan->key_count; i++) {
        highest = key[i].fd > highest ? key[i].fd : highest;
        highest = key[i].passphrase > highest ? key[i].passphrase : highest;
    }
    for (int fd = 3; fd <= highest; fd++)
        if (!is_kept(seal, fd))
            sys3(__NR_close, fd, 0, 0);
    if (sys_failed(sys3(__NR_close_range, highest + 1, ~0u, 0)))
        refuse("cannot close the descriptors that ld.so used: Linux 5.9 or newer is needed", NULL);
}

static void restrict_files(const struct seal *seal) {
    if (seal->plan->landlock_fd >= 0) {
        must(sys3(__NR_landlock_restrict_self, seal->plan->landlock_fd, 0, 0), "the Landlock rule set");
        sys3(__NR_close, seal->plan->landlock_fd, 0, 0);
        return;
    }
    if (sys3(__NR_geteuid, 0, 0, 0) == UID_ROOT || sys3(__NR_getuid, 0, 0, 0) == UID_ROOT) // A11, A52
        refuse("root without Landlock could read the keys from /proc/self/mem: enable Landlock or run as "
               "another user",
               NULL);
}

void lock_process(const struct seal *seal) {
    must(mpkgate_syscall(__NR_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0, 0), "PR_SET_DUMPABLE"); // A10, A11, A16c
    struct rlimit64 none = {0, 0};
    must(mpkgate_syscall(__NR_prlimit64, 0, RLIMIT_CORE, (long)&none, 0, 0, 0), "RLIMIT_CORE 0"); // A16c
    must(mpkgate_syscall(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0), "PR_SET_NO_NEW_PRIVS");
    // A23: a second belt from Linux 6.3 on; the filter below denies PROT_EXEC on every kernel.
    mpkgate_syscall(__NR_prctl, PR_SET_MDWE, MDWE_REFUSE_EXEC_GAIN, 0, 0, 0, 0);
    // A17, A19: likewise, from Linux 6.10 on.
    sys3(__NR_mseal, 0x10000, (long)(MPKGATE_LIMIT - 0x10000), 0);
    restrict_files(seal);
    struct sock_fprog program = {
        .len = (unsigned short)seal->plan->filter_count,
        .filter = (struct sock_filter *)(uintptr_t)plan_at(seal->plan, seal->plan->filter_at),
    };
    if (seal->plan->filter_count == 0)
        refuse("the launch plan has no seccomp program", NULL);
    must(sys3(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program), "the seccomp program");
}
