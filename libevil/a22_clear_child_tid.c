// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A22: when a thread ends the kernel writes 0 to an address that the thread chose.
#include "evil.h"
#include "evil_asm.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <vault-testing.h>

static void *chosen;
static volatile int refused = -1;

static void *end_here(void *unused) {
    long result = syscall(SYS_set_tid_address, chosen);

    (void)unused;
    refused = result < 0 ? errno : 0;
    syscall(SYS_exit, 0);
    return NULL;
}

int evil_clear_child_tid(const struct evil_target *target) {
    struct timespec pause = {.tv_nsec = 10000000};
    uint32_t word = 1;
    pthread_t thread;

    chosen = target->key;
    if (pthread_create(&thread, NULL, end_here, NULL) != 0)
        return evil_cannot("pthread_create");
    for (int i = 0; i < 200 && refused < 0; i++)
        nanosleep(&pause, NULL);
    if (refused > 0) {
        errno = refused;
        return evil_failed("set_tid_address");
    }
    for (int i = 0; i < 200 && word != 0; i++) {
        nanosleep(&pause, NULL);
        memcpy(&word, target->key, sizeof word);
    }
    if (word != 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed 4 key bytes by the end of a thread");
}

// Whether the first four bytes of the key are 0 now; -1 if that cannot be found out.
static int is_zeroed(const struct evil_target *target) {
    unsigned char word[EVIL_KEY_MAX] = {1};
    uint32_t first;

    if (evil_peek(target, word) != 0)
        return -1;
    memcpy(&first, word, sizeof first);
    return first == 0;
}

static int judge(const struct evil_target *target, const char *by) {
    struct timespec pause = {.tv_nsec = 10000000};
    int zeroed = 0;

    for (int i = 0; i < 50 && zeroed == 0; i++) {
        nanosleep(&pause, NULL);
        zeroed = is_zeroed(target);
    }
    if (zeroed < 0)
        return evil_cannot("process_vm_readv");
    if (zeroed == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed 4 key bytes by %s", by);
}

int evil_clone_child_tid(const struct evil_target *target) {
    static _Alignas(16) unsigned char stack[4096];
    long result = evil_thread_with_tid(stack + sizeof stack - 64, target->key);

    if (result < 0) {
        errno = (int)-result;
        return evil_failed("clone with the key as child_tid");
    }
    return judge(target, "the end of a thread whose child_tid is the key");
}

// A process of its own, with the same memory, dies in trusted code: the write has that code's PKRU.
static int be_trusted(void *target) {
    ((const struct evil_target *)target)->call_trusted();
    return 0;
}

// When the sibling is in trusted code is a guess, and a busy machine makes it a wrong one: other delays
// follow.
int evil_sibling_killed(const struct evil_target *target) {
    static _Alignas(16) unsigned char stack[65536];
    int zeroed = 0;

    for (int i = 0; i < 100 && zeroed == 0; i++) {
        struct timespec pause = {.tv_nsec = 1000000L * (1 + i % 25)};
        pid_t child = clone(be_trusted, stack + sizeof stack, CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD,
                            (void *)target, NULL, NULL, target->key);

        if (child < 0)
            return evil_failed("clone with CLONE_VM");
        nanosleep(&pause, NULL);
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        zeroed = is_zeroed(target);
    }
    if (zeroed < 0)
        return evil_cannot("process_vm_readv");
    if (zeroed == 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed 4 key bytes by the death of a sibling process in trusted code");
}

// A filter that ends the thread alone at a system call of trusted code.
static void *die_trusted(void *target) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_THREAD),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof code[0], code};

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
        refused = errno;
        return NULL;
    }
    refused = 0;
    syscall(SYS_set_tid_address, ((const struct evil_target *)target)->key);
    ((const struct evil_target *)target)->call_trusted();
    return NULL;
}

int evil_kill_thread(const struct evil_target *target) {
    struct timespec pause = {.tv_nsec = 10000000};
    pthread_t thread;

    if (pthread_create(&thread, NULL, die_trusted, (void *)target) != 0)
        return evil_cannot("pthread_create");
    for (int i = 0; i < 200 && refused < 0; i++)
        nanosleep(&pause, NULL);
    if (refused > 0) {
        errno = refused;
        return evil_failed("seccomp");
    }
    return judge(target, "the death of a thread in trusted code");
}

// A robust futex whose owner dies is marked by the kernel, if it holds the thread's number. The vault's test
// function sees to that, so that it is PKRU alone that decides.
static void set_first_bytes(const struct evil_target *target, uint32_t word) {
    for (uint32_t i = 0; i < sizeof word; i++) {
        for (int step = 0; step < 256; step++) {
            if (vault_test_touch_key(target->id, i, 0) == (int32_t)(word >> 8 * i & 0xff))
                break;
            vault_test_manage_key(target->id, i, 1);
        }
    }
}

static void *die_as_owner(void *argument) {
    const struct evil_target *target = argument;
    static struct robust_list_head head;
    static struct robust_list pending;

    head.list.next = &head.list;
    head.futex_offset = (long)((uintptr_t)target->key - (uintptr_t)&pending);
    head.list_op_pending = &pending;
    set_first_bytes(target, (uint32_t)gettid());
    refused = syscall(SYS_set_robust_list, &head, sizeof head) == 0 ? 0 : errno;
    syscall(SYS_exit, 0);
    return NULL;
}

int evil_robust_list(const struct evil_target *target) {
    struct timespec pause = {.tv_nsec = 20000000};
    pthread_t thread;

    if (pthread_create(&thread, NULL, die_as_owner, (void *)target) != 0)
        return evil_cannot("pthread_create");
    for (int i = 0; i < 500 && refused < 0; i++)
        nanosleep(&pause, NULL);
    if (refused > 0) {
        errno = refused;
        return evil_failed("set_robust_list");
    }
    nanosleep(&pause, NULL);
    if (vault_test_touch_key(target->id, 3, 0) != 0x40)
        return evil_failed_because("the key did not change");
    return evil_succeeded("set FUTEX_OWNER_DIED in the key by the end of a thread");
}
