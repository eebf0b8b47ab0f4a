// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The seccomp program decides every system call as filter-table.def says. The program that mpk-run would hand
// to the kernel is interpreted here, instruction by instruction, for every number, many arguments and the
// foreign entries.
#include "filter.h"
#include "mpkgate-abi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
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

#include <cmocka.h>

#define PROCESS 4711
#define LIMIT MPKGATE_LIMIT
#define END MPKGATE_CLIENT_END
#define KILL SECCOMP_RET_KILL_PROCESS
#define ALLOWED SECCOMP_RET_ALLOW
#define FAILS(error) (SECCOMP_RET_ERRNO | (error))

struct call {
    uint64_t number;
    uint64_t argument[6];
    uint64_t expected;
};

// --- A classic BPF machine, as far as seccomp programs use it (linux/Documentation/networking/filter.rst)
// ----

static uint32_t load(const struct seccomp_data *data, uint32_t offset) {
    uint32_t word;
    assert_true(offset % 4 == 0 && offset + sizeof(word) <= sizeof(*data));
    memcpy(&word, (const char *)data + offset, sizeof(word));
    return word;
}

static bool jumps(uint16_t code, uint32_t a, uint32_t k) {
    switch (BPF_OP(code)) {
    case BPF_JEQ:
        return a == k;
    case BPF_JGT:
        return a > k;
    case BPF_JGE:
        return a >= k;
    case BPF_JSET:
        return (a & k) != 0;
    default:
        fail_msg("unknown jump %#x", code);
        return false;
    }
}

static uint32_t run(const struct filter *filter, const struct seccomp_data *data) {
    uint32_t accumulator = 0;
    for (size_t at = 0; at < filter->count; at++) {
        const struct sock_filter *instruction = &filter->program[at];
        switch (instruction->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            accumulator = load(data, instruction->k);
            break;
        case BPF_ALU | BPF_AND | BPF_K:
            accumulator &= instruction->k;
            break;
        case BPF_JMP | BPF_JA:
            at += instruction->k;
            break;
        case BPF_RET | BPF_K:
            return instruction->k;
        default:
            assert_int_equal(BPF_CLASS(instruction->code), BPF_JMP);
            at += jumps(instruction->code, accumulator, instruction->k) ? instruction->jt : instruction->jf;
        }
    }
    fail_msg("the program runs off its end");
    return 0;
}

static struct filter program;
static struct filter program_without_truncate;
static struct filter program_with_fork;
static struct filter program_with_signals;

static int build(void **state) {
    (void)state;
    program = filter_build(&(struct filter_policy){.process = PROCESS, .allow_truncate = true});
    program_without_truncate = filter_build(&(struct filter_policy){.process = PROCESS});
    program_with_fork = filter_build(&(struct filter_policy){.process = PROCESS, .allow_fork = true});
    program_with_signals =
        filter_build(&(struct filter_policy){.process = PROCESS, .allow_fork = true, .allow_signals = true});
    return 0;
}

static int release(void **state) {
    (void)state;
    free(program.program);
    free(program_without_truncate.program);
    free(program_with_fork.program);
    free(program_with_signals.program);
    return 0;
}

static uint32_t decide_by(const struct filter *filter, const struct call *call) {
    struct seccomp_data data = {.nr = (int)call->number, .arch = AUDIT_ARCH_X86_64};
    memcpy(data.args, call->argument, sizeof(data.args));
    return run(filter, &data);
}

static uint32_t decide(uint32_t arch, uint32_t number, const uint64_t argument[6]) {
    struct seccomp_data data = {.nr = (int)number, .arch = arch};
    memcpy(data.args, argument, sizeof(data.args));
    return run(&program, &data);
}

static void expect(const struct call *call) {
    uint32_t got = decide(AUDIT_ARCH_X86_64, (uint32_t)call->number, call->argument);
    if (got != call->expected)
        fail_msg("system call %lu (%#lx, %#lx, %#lx, %#lx, %#lx): %#x instead of %#lx",
                 (unsigned long)call->number, (unsigned long)call->argument[0],
                 (unsigned long)call->argument[1], (unsigned long)call->argument[2],
                 (unsigned long)call->argument[3], (unsigned long)call->argument[4], got,
                 (unsigned long)call->expected);
}

// --- The table
// ------------------------------------------------------------------------------------------------

enum treatment { UNKNOWN, ALLOW_ALWAYS, CHECK_ARGUMENTS, DENY_ALWAYS };
enum { NUMBERS = 463 };
struct row {
    enum treatment treatment;
    uint32_t action;
    const char *name;
};

static struct row table[NUMBERS];

static void set_row(unsigned number, enum treatment treatment, uint32_t action, const char *name) {
    assert_true(number < NUMBERS);
    if (table[number].treatment != UNKNOWN)
        fail_msg("%s and %s have the same number", table[number].name, name);
    table[number] = (struct row){treatment, action, name};
}

enum { DENIED_KILL = -1 };
static uint32_t denied_action(int error) {
    return error == DENIED_KILL ? KILL : FAILS((uint32_t)error);
}

static void fill_table(void) {
    memset(table, 0, sizeof(table));
#undef KILL
#define KILL DENIED_KILL
#define ALLOW(number, name, reason) set_row(number, ALLOW_ALWAYS, ALLOWED, #name);
#define ALLOW_TRUNCATE ALLOW
#define CHECK(number, name, check, reason) set_row(number, CHECK_ARGUMENTS, 0, #name);
#define DENY(number, name, error, reason) set_row(number, DENY_ALWAYS, denied_action(error), #name);
#include "filter-table.def"
#undef KILL
#define KILL SECCOMP_RET_KILL_PROCESS
}

static void every_linux_6_12_call_is_in_the_table(void **state) {
    (void)state;
    fill_table();
    size_t count[4] = {0};
    for (size_t number = 0; number < NUMBERS; number++)
        count[table[number].treatment]++;
    assert_int_equal(count[ALLOW_ALWAYS], 193);
    assert_int_equal(count[CHECK_ARGUMENTS], 24);
    assert_int_equal(count[DENY_ALWAYS], 158);
    for (unsigned number = 0; number <= 335; number++)
        assert_int_not_equal(table[number].treatment, UNKNOWN);
    for (unsigned number = 424; number < NUMBERS; number++)
        assert_int_not_equal(table[number].treatment, UNKNOWN);
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void unconditional_rows_do_not_look_at_arguments(void **state) {
    (void)state;
    fill_table();
    uint64_t random = UINT64_C(0x9e3779b97f4a7c15);
    for (uint32_t number = 0; number < 2 * NUMBERS; number++) {
        struct row row = number < NUMBERS ? table[number] : (struct row){UNKNOWN, 0, NULL};
        if (row.treatment == CHECK_ARGUMENTS)
            continue;
        for (int trial = 0; trial < 64; trial++) {
            struct call call = {.number = number};
            call.expected = row.treatment == UNKNOWN ? FAILS(ENOSYS) : row.action;
            for (size_t i = 0; i < 6 && trial != 0; i++)
                call.argument[i] = next_random(&random) >> (next_random(&random) % 64);
            expect(&call);
        }
    }
}

static void foreign_entries_kill(void **state) {
    (void)state;
    const uint64_t none[6] = {0};
    for (uint32_t number = 0; number < 1024; number++) {
        assert_int_equal(decide(AUDIT_ARCH_I386, number, none), KILL);
        assert_int_equal(decide(AUDIT_ARCH_X86_64, number | 0x40000000, none), KILL);
    }
    assert_int_equal(decide(AUDIT_ARCH_X86_64, 0x3fffffff, none), FAILS(ENOSYS));
    assert_int_equal(decide(AUDIT_ARCH_AARCH64, 0, none), KILL);
}

static void truncate_is_denied_where_landlock_cannot_restrict_it(void **state) {
    (void)state;
    struct seccomp_data data = {.nr = 76, .arch = AUDIT_ARCH_X86_64};
    assert_int_equal(run(&program, &data), ALLOWED);
    assert_int_equal(run(&program_without_truncate, &data), FAILS(EPERM));
}

// --- Checked calls
// --------------------------------------------------------------------------------------------

static void addresses_are_in_the_client_range(void **state) {
    (void)state;
    static const uint32_t number[] = {10, 11, 26, 27, 28, 149, 150, 325};
    static const uint64_t inside[] = {LIMIT,   LIMIT + 4096, LIMIT * 2, LIMIT * 3,
                                      END / 2, END - 4096,   END - 1};
    static const uint64_t outside[] = {0,           4096,       UINT64_C(1) << 32,  LIMIT - 1,         END,
                                       END + LIMIT, UINT64_MAX, LIMIT | 1ULL << 57, LIMIT | 1ULL << 63};
    for (size_t n = 0; n < sizeof(number) / sizeof(number[0]); n++) {
        for (size_t i = 0; i < sizeof(inside) / sizeof(inside[0]); i++)
            expect(&(struct call){number[n], {inside[i], 4096}, ALLOWED});
        for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++)
            expect(&(struct call){number[n], {outside[i], 4096}, FAILS(EPERM)});
    }
    for (unsigned bit = 0; bit < 64; bit++) {
        uint32_t expected = bit >= 40 && bit < 47 ? ALLOWED : FAILS(EPERM);
        expect(&(struct call){11, {UINT64_C(1) << bit, 4096}, expected});
    }
}

static void executable_memory_is_refused(void **state) {
    (void)state;
    const uint64_t private = MAP_PRIVATE | MAP_ANONYMOUS, any = (uint64_t)-1;
    static const uint64_t bad_protection[] = {
        PROT_EXEC,  PROT_READ | PROT_EXEC, PROT_GROWSDOWN | PROT_READ, PROT_GROWSUP, 8,
        1ULL << 32, PROT_READ | 1ULL << 63};
    for (uint64_t protection = 0; protection < 4; protection++) {
        expect(&(struct call){10, {LIMIT, 4096, protection}, ALLOWED});
        expect(&(struct call){9, {0, 4096, protection, private, any}, ALLOWED});
        expect(&(struct call){9, {LIMIT, 4096, protection, private | MAP_FIXED, any}, ALLOWED});
    }
    for (size_t i = 0; i < sizeof(bad_protection) / sizeof(bad_protection[0]); i++) {
        expect(&(struct call){10, {LIMIT, 4096, bad_protection[i]}, FAILS(EPERM)});
        expect(&(struct call){9, {0, 4096, bad_protection[i], private, any}, FAILS(EPERM)});
        expect(&(struct call){9, {LIMIT, 4096, bad_protection[i], private, any}, FAILS(EPERM)});
    }
}

static void mappings_stay_out_of_the_low_range(void **state) {
    (void)state;
    const uint64_t rw = PROT_READ | PROT_WRITE, private = MAP_PRIVATE | MAP_ANONYMOUS;
    static const uint64_t bad_flag[] = {MAP_GROWSDOWN, MAP_32BIT, MAP_GROWSDOWN | MAP_32BIT};
    expect(&(struct call){9, {0, 4096, rw, MAP_SHARED, 3}, ALLOWED});
    expect(&(struct call){9, {0, 4096, rw, private | MAP_STACK | MAP_NORESERVE}, ALLOWED});
    expect(&(struct call){9, {0, 4096, rw, private | MAP_FIXED}, FAILS(EPERM)});
    expect(&(struct call){9, {0, 4096, rw, private | MAP_FIXED_NOREPLACE}, FAILS(EPERM)});
    expect(&(struct call){9, {LIMIT - 4096, 4096, rw, private}, FAILS(EPERM)});
    expect(&(struct call){9, {4096, 4096, rw, private}, FAILS(EPERM)});
    expect(&(struct call){9, {END, 4096, rw, private}, FAILS(EPERM)});
    for (size_t i = 0; i < sizeof(bad_flag) / sizeof(bad_flag[0]); i++) {
        expect(&(struct call){9, {0, 4096, rw, private | bad_flag[i]}, FAILS(EPERM)});
        expect(&(struct call){9, {LIMIT, 4096, rw, private | bad_flag[i]}, FAILS(EPERM)});
    }
}

static void threads_are_made_like_pthread_create_does(void **state) {
    (void)state;
    const uint64_t flags = 0x3d0f00, at = LIMIT * 5;
    expect(&(struct call){56, {flags, at, at, at, at}, ALLOWED});
    for (size_t i = 1; i <= 4; i++) {
        struct call call = {56, {flags, at, at, at, at}, FAILS(EPERM)};
        call.argument[i] = LIMIT - 1;
        expect(&call);
        call.argument[i] = 0;
        expect(&call);
        call.argument[i] = LIMIT;
        call.expected = ALLOWED;
        expect(&call);
    }
    for (unsigned bit = 0; bit < 64; bit++) // no flag more, no flag less (A29)
        expect(&(struct call){56, {flags ^ UINT64_C(1) << bit, at, at, at, at}, FAILS(EPERM)});
    expect(&(struct call){56, {17 /* SIGCHLD: fork */}, FAILS(EPERM)});
    static const uint32_t number[] = {218, 273};
    for (size_t n = 0; n < 2; n++) {
        expect(&(struct call){number[n], {LIMIT}, ALLOWED});
        expect(&(struct call){number[n], {LIMIT - 1}, FAILS(EPERM)});
        expect(&(struct call){number[n], {0}, FAILS(EPERM)});
    }
}

static void options_and_commands_are_those_listed(void **state) {
    (void)state;
    static const struct call calls[] = {
        {16, {0, FIONREAD}, ALLOWED},
        {16, {0, TCGETS}, ALLOWED},
        {16, {0, TIOCSTI}, FAILS(EPERM)},
        {16, {0, 0xc018aa3f /* UFFDIO_API */}, FAILS(EPERM)},
        {16, {0, FIONREAD | 1ULL << 32}, FAILS(EPERM)},
        {157, {PR_SET_NAME}, ALLOWED},
        {157, {PR_GET_DUMPABLE}, ALLOWED},
        {157, {PR_SET_VMA}, FAILS(EINVAL)},
        {157, {PR_SET_MM}, FAILS(EPERM)},       // A13
        {157, {PR_SET_DUMPABLE}, FAILS(EPERM)}, // A11
        {157, {PR_SET_SECCOMP}, FAILS(EPERM)},  // A31
        {157, {59 /* PR_SET_SYSCALL_USER_DISPATCH */}, FAILS(EPERM)},
        {157, {PR_SET_MM | 1ULL << 32}, FAILS(EPERM)},
        {72, {3, F_DUPFD}, ALLOWED},
        {72, {3, F_SETFL}, ALLOWED},
        {72, {3, F_OFD_SETLKW}, ALLOWED},
        {72, {3, F_SETOWN}, FAILS(EPERM)},
        {72, {3, F_SETOWN_EX}, FAILS(EPERM)},
        {72, {3, F_SETSIG}, FAILS(EPERM)},
        {72, {3, F_NOTIFY}, FAILS(EPERM)},
        {72, {3, F_SETLEASE}, FAILS(EPERM)},
        {41, {AF_UNIX, SOCK_STREAM, 0}, ALLOWED},
        {41, {AF_INET, SOCK_STREAM, 0}, ALLOWED},
        {41, {AF_INET6, SOCK_DGRAM, 17}, ALLOWED},
        {41, {AF_NETLINK, SOCK_RAW, 0}, ALLOWED},
        {41, {AF_NETLINK, SOCK_RAW, 9}, FAILS(EPERM)},
        {41, {AF_PACKET, SOCK_RAW, 0}, FAILS(EPERM)},
        {41, {AF_ALG, SOCK_SEQPACKET, 0}, FAILS(EPERM)},
        {151, {MCL_CURRENT | MCL_FUTURE}, ALLOWED},
        {151, {MCL_ONFAULT | MCL_CURRENT}, FAILS(EPERM)},
        {131, {LIMIT, 0}, ALLOWED},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        expect(&calls[i]);
}

static void signals_and_limits_are_its_own(void **state) {
    (void)state;
    static const struct call calls[] = {
        {62, {PROCESS, 15}, ALLOWED},
        {62, {PROCESS + 1, 15}, FAILS(EPERM)},
        {62, {0, 15}, FAILS(EPERM)},
        {62, {UINT64_MAX, 15}, FAILS(EPERM)},
        {62, {PROCESS | 1ULL << 32, 15}, FAILS(EPERM)},
        {234, {PROCESS, PROCESS, 6}, ALLOWED},
        {234, {PROCESS + 1, PROCESS, 6}, FAILS(EPERM)},
        {302, {1, RLIMIT_CORE, 0, LIMIT}, ALLOWED},
        {302, {0, RLIMIT_NOFILE, LIMIT, 0}, ALLOWED},
        {302, {PROCESS, RLIMIT_NOFILE, LIMIT, 0}, ALLOWED},
        {302, {0, RLIMIT_CORE, LIMIT, 0}, FAILS(EPERM)}, // A16c
        {302, {PROCESS + 1, RLIMIT_NOFILE, LIMIT, 0}, FAILS(EPERM)},
        {160, {RLIMIT_NOFILE, LIMIT}, ALLOWED},
        {160, {RLIMIT_CORE, LIMIT}, FAILS(EPERM)},
    };
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        expect(&calls[i]);
}

static void device_nodes_cannot_be_made(void **state) {
    (void)state;
    static const uint64_t good[] = {0, S_IFREG, S_IFIFO, S_IFSOCK},
                          bad[] = {S_IFCHR, S_IFBLK, S_IFDIR, S_IFLNK};
    for (size_t i = 0; i < 4; i++) {
        expect(&(struct call){133, {LIMIT, good[i] | 0644, 0}, ALLOWED});
        expect(&(struct call){259, {3, LIMIT, good[i] | 0644}, ALLOWED});
        expect(&(struct call){133, {LIMIT, bad[i] | 0644, 0}, FAILS(EPERM)});
        expect(&(struct call){259, {3, LIMIT, bad[i] | 0644}, FAILS(EPERM)});
    }
}

// What a fork does: no memory is shared, no address below LIMIT is the kernel's to write (A22, A29, A30).
static void with_allow_fork_there_is_one_way_to_fork(void **state) {
    (void)state;
    const uint64_t flags = 0x1200011, at = LIMIT * 5;
    const struct call fork = {56, {flags, 0, 0, at, 0}, ALLOWED};
    assert_int_equal(decide_by(&program_with_fork, &fork), ALLOWED);
    assert_int_equal(decide_by(&program, &fork), FAILS(EPERM));
    for (unsigned bit = 0; bit < 64; bit++) { // CLONE_VM, CLONE_VFORK, namespaces, another exit signal
        struct call call = fork;
        call.argument[0] ^= UINT64_C(1) << bit;
        assert_int_equal(decide_by(&program_with_fork, &call), FAILS(EPERM));
    }
    static const uint64_t bad[5][2] = {{0, 17}, {1, LIMIT}, {2, LIMIT}, {3, LIMIT - 1}, {4, LIMIT}};
    for (size_t i = 0; i < 5; i++) {
        struct call call = fork;
        call.argument[bad[i][0]] = bad[i][1];
        assert_int_equal(decide_by(&program_with_fork, &call), FAILS(EPERM));
    }
    static const uint32_t denied[] = {57, 58, 59, 322}; // fork, vfork, execve, execveat
    for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
        assert_int_equal(decide_by(&program_with_fork, &(struct call){denied[i], {0}, 0}), FAILS(EPERM));
    const struct call thread = {56, {0x3d0f00, at, at, at, at}, ALLOWED};
    assert_int_equal(decide_by(&program_with_fork, &thread), ALLOWED);
}

static void children_are_signalled_where_landlock_sees_to_the_rest(void **state) {
    (void)state;
    static const uint32_t number[] = {62, 234}; // kill, tgkill
    for (size_t i = 0; i < 2; i++) {
        const struct call own = {number[i], {PROCESS}, ALLOWED}, other = {number[i], {PROCESS + 1}, 0};
        assert_int_equal(decide_by(&program_with_fork, &own), ALLOWED);
        assert_int_equal(decide_by(&program_with_fork, &other), FAILS(EPERM));
        assert_int_equal(decide_by(&program_with_signals, &other), ALLOWED);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_linux_6_12_call_is_in_the_table),
        cmocka_unit_test(unconditional_rows_do_not_look_at_arguments),
        cmocka_unit_test(foreign_entries_kill),
        cmocka_unit_test(truncate_is_denied_where_landlock_cannot_restrict_it),
        cmocka_unit_test(addresses_are_in_the_client_range),
        cmocka_unit_test(executable_memory_is_refused),
        cmocka_unit_test(mappings_stay_out_of_the_low_range),
        cmocka_unit_test(threads_are_made_like_pthread_create_does),
        cmocka_unit_test(options_and_commands_are_those_listed),
        cmocka_unit_test(signals_and_limits_are_its_own),
        cmocka_unit_test(device_nodes_cannot_be_made),
        cmocka_unit_test(with_allow_fork_there_is_one_way_to_fork),
        cmocka_unit_test(children_are_signalled_where_landlock_sees_to_the_rest),
    };
    return cmocka_run_group_tests(tests, build, release);
}
