// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Landlock's system calls and rights. The distribution's linux/landlock.h stops at ABI 2.
#ifndef MPKGATE_LOADER_LANDLOCK_H
#define MPKGATE_LOADER_LANDLOCK_H

#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13) // ABI 2
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14) // ABI 3
#endif
#ifndef LANDLOCK_ACCESS_FS_IOCTL_DEV
#define LANDLOCK_ACCESS_FS_IOCTL_DEV (1ULL << 15) // ABI 5
#endif

#ifndef LANDLOCK_SCOPE_SIGNAL
#define LANDLOCK_SCOPE_SIGNAL (1ULL << 1) // ABI 6
#endif

// struct landlock_ruleset_attr as of ABI 6. Kernels that know less of it take zeros for the rest.
struct landlock_handled {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

// A rule set's descriptor; with NULL the kernel's ABI version.
static inline long landlock_create(const struct landlock_handled *handled) {
    return syscall(SYS_landlock_create_ruleset, handled, handled != NULL ? sizeof(*handled) : 0,
                   handled != NULL ? 0 : LANDLOCK_CREATE_RULESET_VERSION);
}

static inline long landlock_add(int rule_set, const struct landlock_path_beneath_attr *rule) {
    return syscall(SYS_landlock_add_rule, rule_set, LANDLOCK_RULE_PATH_BENEATH, rule, 0);
}

static inline long landlock_restrict(int rule_set) {
    return syscall(SYS_landlock_restrict_self, rule_set, 0);
}

#endif
