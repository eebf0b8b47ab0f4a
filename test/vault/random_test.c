// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's seed is never what a kernel that only pretends to give random bytes leaves in the buffer (A31).
#include "random.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "support.h"

static const unsigned char zero[64];

static void seeds_differ(void **state) {
    (void)state;
    unsigned char first[64] = {0};
    unsigned char second[64] = {0};
    assert_true(random_seed(first, sizeof(first)));
    assert_true(random_seed(second, sizeof(second)));
    assert_memory_not_equal(first, second, sizeof(first));
    assert_memory_not_equal(first, first + 32, 32);
}

static void odd_sizes_are_filled_and_no_more(void **state) {
    (void)state;
    for (size_t size = 0; size < 64; size++) {
        unsigned char seed[65] = {0};
        int last = 0;
        for (int i = 0; i < 8 && last == 0; i++) { // a byte may be zero once, not eight times
            assert_true(random_seed(seed, size));
            last = size == 0 ? 1 : seed[size - 1];
        }
        assert_int_not_equal(last, 0);
        assert_memory_equal(seed + size, zero, sizeof(seed) - size - 1);
    }
}

// A filter that does `action` to getrandom and lets everything else through. Returns what seccomp() does.
static int filter(unsigned int flags, uint32_t action) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog length = {sizeof(program) / sizeof(program[0]), program};
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &length);
}

static void require_no_seed(void) {
    unsigned char seed[64];
    memset(seed, 0xaa, sizeof(seed));
    require(!random_seed(seed, sizeof(seed)));
    require(memcmp(seed, zero, sizeof(seed)) == 0);
}

static void with_an_error(void) {
    require(filter(0, SECCOMP_RET_ERRNO | ENOSYS) == 0);
    require_no_seed();
}

static void with_nothing_done(void) {
    require(filter(0, SECCOMP_RET_ERRNO | 0) == 0); // returns 0
    require_no_seed();
}

static atomic_int listener = -1;

// The hostile parent: "yes, 32 bytes", without writing any.
static void *pretend(void *unused) {
    struct seccomp_notif question = {0};
    (void)unused;
    while (atomic_load(&listener) < 0) {
    }
    for (;;) {
        memset(&question, 0, sizeof(question));
        require(ioctl(atomic_load(&listener), SECCOMP_IOCTL_NOTIF_RECV, &question) == 0);
        struct seccomp_notif_resp answer = {.id = question.id, .val = (int64_t)question.data.args[1]};
        require(ioctl(atomic_load(&listener), SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0);
    }
}

static void with_success_pretended(void) {
    pthread_t thread;
    unsigned char buffer[32] = {0};
    require(pthread_create(&thread, NULL, pretend, NULL) == 0);
    int fd = filter(SECCOMP_FILTER_FLAG_NEW_LISTENER, SECCOMP_RET_USER_NOTIF);
    require(fd >= 0);
    atomic_store(&listener, fd);
    // It works on whoever trusts the return value:
    require(syscall(SYS_getrandom, buffer, sizeof(buffer), 0) == 32 && memcmp(buffer, zero, 32) == 0);
    require_no_seed();
}

static void a_kernel_that_gives_nothing_is_noticed(void **state) {
    (void)state;
    assert_int_equal(end_of_child(with_an_error), 0);
    assert_int_equal(end_of_child(with_nothing_done), 0);
    assert_int_equal(end_of_child(with_success_pretended), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_differ),
        cmocka_unit_test(odd_sizes_are_filled_and_no_more),
        cmocka_unit_test(a_kernel_that_gives_nothing_is_noticed),
    };
    return cmocka_run_group_tests_name("random seed", tests, NULL, NULL);
}
