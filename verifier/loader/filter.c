// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// filter-table.def -> seccomp program.
//
// libseccomp has one default action and one comparison for each argument and rule. Two consequences:
//
// - LIMIT <= address < 2^47 is written as seven rules. With LIMIT = 2^40 an address is in the range exactly
//   if its bits 47 to 63 are clear (A21: no tags, no kernel addresses) and at least one of its bits 40 to 46
//   is set: one MASKED_EQ for each of these bits.
// - The default action must be EPERM, for a checked call whose check fails; a number that the table does not
//   know must get ENOSYS, so that libraries fall back. Numbers in the table's holes get a rule each, numbers
//   beyond it are answered by a few instructions in front of libseccomp's.
#include "filter.h"

#include "die.h"
#include "mpkgate-abi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LAST_NUMBER = 462, LIMIT_BIT = 40, CLIENT_BITS = 47, X32_BIT = 0x40000000 };
_Static_assert(MPKGATE_LIMIT == UINT64_C(1) << LIMIT_BIT, "the rules below compare bits");
_Static_assert(MPKGATE_CLIENT_END == UINT64_C(1) << CLIENT_BITS, "the rules below compare bits");

// What pthread_create passes to clone: CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS |
// PARENT_SETTID | CHILD_CLEARTID (A29).
enum { PTHREAD_CLONE_FLAGS = 0x3d0f00 };
// What fork passes: CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | SIGCHLD. No memory is shared, so that the
// kernel's writes at the child's start and end (A22) meet the child's memory alone.
enum { FORK_CLONE_FLAGS = 0x1200011 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct filter_policy policy; // of the filter being built

static void add(scmp_filter_ctx context, uint32_t action, int number, const struct scmp_arg_cmp *comparisons,
                unsigned count) {
    int status = seccomp_rule_add_exact_array(context, action, number, count, comparisons);
    if (status != 0) {
        errno = -status;
        die_errno(MPK_RUN_FAILED, NULL, "cannot make the seccomp rule for system call %d", number);
    }
}

static void allow_if(scmp_filter_ctx context, int number, const struct scmp_arg_cmp *comparisons,
                     unsigned count) {
    add(context, SCMP_ACT_ALLOW, number, comparisons, count);
}

static struct scmp_arg_cmp compare(unsigned argument, enum scmp_compare how, uint64_t a, uint64_t b) {
    return (struct scmp_arg_cmp){.arg = argument, .op = how, .datum_a = a, .datum_b = b};
}

static struct scmp_arg_cmp equal(unsigned argument, uint64_t value) {
    return compare(argument, SCMP_CMP_EQ, value, 0);
}

static struct scmp_arg_cmp has_none_of(unsigned argument, uint64_t bits) {
    return compare(argument, SCMP_CMP_MASKED_EQ, bits, 0);
}

static struct scmp_arg_cmp client_address_with_bit(unsigned argument, unsigned bit) {
    uint64_t above = ~(MPKGATE_CLIENT_END - 1);
    return compare(argument, SCMP_CMP_MASKED_EQ, above | UINT64_C(1) << bit, UINT64_C(1) << bit);
}

static void allow_values(scmp_filter_ctx context, int number, unsigned argument, const uint64_t *value,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        struct scmp_arg_cmp comparison = equal(argument, value[i]);
        allow_if(context, number, &comparison, 1);
    }
}

static void check_range(scmp_filter_ctx context, int number) {
    for (unsigned bit = LIMIT_BIT; bit < CLIENT_BITS; bit++) {
        struct scmp_arg_cmp comparison = client_address_with_bit(0, bit);
        allow_if(context, number, &comparison, 1);
    }
}

static const uint64_t not_read_write = ~(uint64_t)(PROT_READ | PROT_WRITE);

static void check_mprotect(scmp_filter_ctx context, int number) {
    for (unsigned bit = LIMIT_BIT; bit < CLIENT_BITS; bit++) {
        struct scmp_arg_cmp comparison[] = {client_address_with_bit(0, bit), has_none_of(2, not_read_write)};
        allow_if(context, number, comparison, COUNT(comparison));
    }
}

static void check_mmap(scmp_filter_ctx context, int number) {
    const uint64_t bad = MAP_GROWSDOWN | MAP_32BIT; // A20
    struct scmp_arg_cmp anywhere[] = {equal(0, 0), has_none_of(2, not_read_write),
                                      has_none_of(3, bad | MAP_FIXED | MAP_FIXED_NOREPLACE)};
    allow_if(context, number, anywhere, COUNT(anywhere));
    for (unsigned bit = LIMIT_BIT; bit < CLIENT_BITS; bit++) {
        struct scmp_arg_cmp comparison[] = {client_address_with_bit(0, bit), has_none_of(2, not_read_write),
                                            has_none_of(3, bad)};
        allow_if(context, number, comparison, COUNT(comparison));
    }
}

static void check_above_limit(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp comparison = compare(0, SCMP_CMP_GE, MPKGATE_LIMIT, 0);
    allow_if(context, number, &comparison, 1);
}

static void check_clone(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp all[5] = {equal(0, PTHREAD_CLONE_FLAGS)};
    for (unsigned argument = 1; argument <= 4; argument++) // stack, parent_tid, child_tid, tls
        all[argument] = compare(argument, SCMP_CMP_GE, MPKGATE_LIMIT, 0);
    allow_if(context, number, all, COUNT(all));
    struct scmp_arg_cmp fork[] = {equal(0, FORK_CLONE_FLAGS), equal(1, 0), equal(2, 0),
                                  compare(3, SCMP_CMP_GE, MPKGATE_LIMIT, 0), equal(4, 0)};
    if (policy.allow_fork)
        allow_if(context, number, fork, COUNT(fork));
}

static void check_mlockall(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp comparison = has_none_of(0, ~(uint64_t)(MCL_CURRENT | MCL_FUTURE));
    allow_if(context, number, &comparison, 1);
}

static void check_ioctl(scmp_filter_ctx context, int number) {
    static const uint64_t command[] = {FIONREAD,    FIONBIO,      FIOCLEX,      FIONCLEX,      FIOASYNC,
                                       TCGETS,      TIOCGWINSZ,   SIOCGIFINDEX, SIOCGIFNAME,   SIOCGIFCONF,
                                       SIOCGIFADDR, SIOCGIFFLAGS, SIOCGIFMTU,   SIOCGIFHWADDR, SIOCOUTQ};
    allow_values(context, number, 1, command, COUNT(command));
}

static void check_prctl(scmp_filter_ctx context, int number) {
    static const uint64_t option[] = {PR_SET_NAME,    PR_GET_NAME,     PR_GET_DUMPABLE,   PR_GET_NO_NEW_PRIVS,
                                      PR_GET_SECCOMP, PR_CAPBSET_READ, PR_SET_TIMERSLACK, PR_GET_TIMERSLACK};
    allow_values(context, number, 0, option, COUNT(option));
    // EINVAL is what a kernel without it says; libc takes that well.
    struct scmp_arg_cmp comparison = equal(0, PR_SET_VMA);
    add(context, SCMP_ACT_ERRNO(EINVAL), number, &comparison, 1);
}

// An allow-list: libseccomp cannot say "none of these four".
static void check_fcntl(scmp_filter_ctx context, int number) {
    static const uint64_t command[] = {F_DUPFD,
                                       F_GETFD,
                                       F_SETFD,
                                       F_GETFL,
                                       F_SETFL,
                                       F_GETLK,
                                       F_SETLK,
                                       F_SETLKW,
                                       F_GETOWN,
                                       F_GETSIG,
                                       F_GETOWN_EX,
                                       F_OFD_GETLK,
                                       F_OFD_SETLK,
                                       F_OFD_SETLKW,
                                       F_GETLEASE,
                                       F_DUPFD_CLOEXEC,
                                       F_SETPIPE_SZ,
                                       F_GETPIPE_SZ,
                                       F_ADD_SEALS,
                                       F_GET_SEALS,
                                       F_GET_RW_HINT,
                                       F_SET_RW_HINT,
                                       F_GET_FILE_RW_HINT,
                                       F_SET_FILE_RW_HINT};
    allow_values(context, number, 1, command, COUNT(command));
}

static void check_socket(scmp_filter_ctx context, int number) {
    static const uint64_t domain[] = {AF_UNIX, AF_INET, AF_INET6};
    allow_values(context, number, 0, domain, COUNT(domain));
    struct scmp_arg_cmp route[] = {equal(0, AF_NETLINK), equal(2, 0 /* NETLINK_ROUTE */)};
    allow_if(context, number, route, COUNT(route));
}

static void check_self(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp comparison = equal(0, (uint64_t)policy.process);
    allow_if(context, number, &comparison, policy.allow_signals ? 0 : 1);
}

static void check_prlimit64(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp query = equal(2, 0);
    allow_if(context, number, &query, 1);
    struct scmp_arg_cmp own[] = {equal(0, 0), equal(1, RLIMIT_NOFILE)};
    allow_if(context, number, own, COUNT(own));
    struct scmp_arg_cmp named[] = {equal(0, (uint64_t)policy.process), equal(1, RLIMIT_NOFILE)};
    allow_if(context, number, named, COUNT(named));
}

static void check_setrlimit(scmp_filter_ctx context, int number) {
    struct scmp_arg_cmp comparison = equal(0, RLIMIT_NOFILE);
    allow_if(context, number, &comparison, 1);
}

static void check_always(scmp_filter_ctx context, int number) {
    allow_if(context, number, NULL, 0);
}

static void allow_node_kinds(scmp_filter_ctx context, int number, unsigned mode_argument) {
    static const uint64_t kind[] = {0, S_IFREG, S_IFIFO, S_IFSOCK};
    for (size_t i = 0; i < COUNT(kind); i++) {
        struct scmp_arg_cmp comparison = compare(mode_argument, SCMP_CMP_MASKED_EQ, S_IFMT, kind[i]);
        allow_if(context, number, &comparison, 1);
    }
}

static void check_mknod(scmp_filter_ctx context, int number) {
    allow_node_kinds(context, number, 1);
}

static void check_mknodat(scmp_filter_ctx context, int number) {
    allow_node_kinds(context, number, 2);
}

enum { ACTION_KILL = -1 };
#define KILL ACTION_KILL

static void deny(scmp_filter_ctx context, int number, int action) {
    // KILL_PROCESS, never KILL_THREAD: a thread that dies alone while open makes the kernel write (A22).
    if (action == ACTION_KILL)
        add(context, SCMP_ACT_KILL_PROCESS, number, NULL, 0);
    else if (action != EPERM) // EPERM is the default action; libseccomp refuses a rule that repeats it
        add(context, SCMP_ACT_ERRNO((uint32_t)action), number, NULL, 0);
}

static void add_table(scmp_filter_ctx context) {
    bool known[LAST_NUMBER + 1] = {false};
#define ALLOW(number, name, reason)                                                                          \
    known[number] = true;                                                                                    \
    check_always(context, number);
#define ALLOW_TRUNCATE(number, name, reason)                                                                 \
    known[number] = true;                                                                                    \
    if (policy.allow_truncate)                                                                               \
        check_always(context, number);
#define CHECK(number, name, check, reason)                                                                   \
    known[number] = true;                                                                                    \
    check_##check(context, number);
#define DENY(number, name, action, reason)                                                                   \
    known[number] = true;                                                                                    \
    deny(context, number, action);
#include "filter-table.def"
    for (int number = 0; number <= LAST_NUMBER; number++) {
        if (!known[number])
            deny(context, number, ENOSYS);
    }
}

static scmp_filter_ctx make_context(const struct filter_policy *wanted) {
    policy = *wanted;
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    // A36: the 32-bit and the x32 entries are other system call tables.
    if (context == NULL || seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) != 0 ||
        seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2) != 0)
        die(MPK_RUN_FAILED, "libseccomp 2.5 or newer is needed", "cannot start a seccomp filter");
    if (seccomp_arch_native() != SCMP_ARCH_X86_64)
        die(MPK_RUN_FAILED, NULL, "the native architecture is not x86-64");
    add_table(context);
    return context;
}

// ENOSYS for the numbers beyond the table; everything else, wrong architectures included, goes on.
static const struct sock_filter beyond_the_table[] = {
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 0, 4),
    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 2, 0),
    BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_NUMBER, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
};

struct filter filter_build(const struct filter_policy *wanted) {
    scmp_filter_ctx context = make_context(wanted);
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (fd < 0 || seccomp_export_bpf(context, fd) != 0)
        die(MPK_RUN_FAILED, NULL, "libseccomp cannot write the seccomp program");
    seccomp_release(context);
    off_t size = lseek(fd, 0, SEEK_END);
    if (size <= 0 || size % (off_t)sizeof(struct sock_filter) != 0)
        die(MPK_RUN_FAILED, NULL, "libseccomp wrote an odd seccomp program");
    struct filter filter = {.count = COUNT(beyond_the_table) + (size_t)size / sizeof(struct sock_filter)};
    if (filter.count > BPF_MAXINSNS)
        die(MPK_RUN_FAILED, NULL, "the seccomp program has %zu instructions, the kernel takes %d",
            filter.count, BPF_MAXINSNS);
    filter.program = allocate(filter.count * sizeof(struct sock_filter));
    memcpy(filter.program, beyond_the_table, sizeof(beyond_the_table));
    if (pread(fd, filter.program + COUNT(beyond_the_table), (size_t)size, 0) != (ssize_t)size)
        die_errno(MPK_RUN_FAILED, NULL, "cannot read the seccomp program");
    close(fd);
    return filter;
}

void filter_print(const struct filter_policy *wanted) {
    scmp_filter_ctx context = make_context(wanted);
    printf("# before these rules: numbers %d to %#x: ERRNO(%d)\n", LAST_NUMBER + 1, X32_BIT - 1, ENOSYS);
    fflush(stdout);
    if (seccomp_export_pfc(context, STDOUT_FILENO) != 0)
        die(MPK_RUN_FAILED, NULL, "libseccomp cannot print the filter");
    seccomp_release(context);
}
