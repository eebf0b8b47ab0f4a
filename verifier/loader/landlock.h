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

static inline long landlock_create(const uint64_t *handled_files) {
    return syscall(SYS_landlock_create_ruleset, handled_files, handled_files != NULL ? sizeof(uint64_t) : 0,
                   handled_files != NULL ? 0 : LANDLOCK_CREATE_RULESET_VERSION);
}

static inline long landlock_add(int rule_set, const struct landlock_path_beneath_attr *rule) {
    return syscall(SYS_landlock_add_rule, rule_set, LANDLOCK_RULE_PATH_BENEATH, rule, 0);
}

static inline long landlock_restrict(int rule_set) {
    return syscall(SYS_landlock_restrict_self, rule_set, 0);
}

#endif
