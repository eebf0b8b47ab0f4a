// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// User and group: they are changed before the seal. libc's functions would ask every other thread for it by a
// signal whose handler cannot exist, and wait for ever. What would change nothing succeeds, as it would in
// the kernel.
#include "compat.h"
#include "explain.h"
#include "real.h"

#include <errno.h>
#include <linux/capability.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { ANY_CHANGE = 117 }; // setresuid's rule; all of them have the same reason

static int refuse(const char *function) {
    explain(function, NULL, ANY_CHANGE, HELP_IDENTITY);
    errno = EPERM;
    return -1;
}

static bool is_asked(id_t wanted, id_t is) {
    return wanted == (id_t)-1 || wanted == is;
}

static bool has_users(uid_t real_user, uid_t effective, uid_t saved) {
    uid_t r, e, s;
    return getresuid(&r, &e, &s) == 0 && is_asked(real_user, r) && is_asked(effective, e) &&
           is_asked(saved, s);
}

static bool has_groups(gid_t real_group, gid_t effective, gid_t saved) {
    gid_t r, e, s;
    return getresgid(&r, &e, &s) == 0 && is_asked(real_group, r) && is_asked(effective, e) &&
           is_asked(saved, s);
}

// Whether setuid(2) and setgid(2) change all three ids or the effective one alone.
static bool has_capability(int number) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};
    return syscall(SYS_capget, &header, data) == 0 && (data[number / 32].effective >> (number % 32) & 1) != 0;
}

EXPORT int setuid(uid_t user) {
    if (!is_sealed())
        return real()->setuid(user);
    uid_t others = has_capability(CAP_SETUID) ? user : (uid_t)-1;
    return user != (uid_t)-1 && has_users(others, user, others) ? 0 : refuse("setuid");
}

EXPORT int seteuid(uid_t user) {
    if (!is_sealed())
        return real()->seteuid(user);
    return user != (uid_t)-1 && has_users((uid_t)-1, user, (uid_t)-1) ? 0 : refuse("seteuid");
}

// The saved id becomes the effective one.
EXPORT int setreuid(uid_t user, uid_t effective) {
    if (!is_sealed())
        return real()->setreuid(user, effective);
    bool is_kept = user == (uid_t)-1 && effective == (uid_t)-1;
    return has_users(user, effective, is_kept ? (uid_t)-1 : geteuid()) ? 0 : refuse("setreuid");
}

EXPORT int setresuid(uid_t user, uid_t effective, uid_t saved) {
    if (!is_sealed())
        return real()->setresuid(user, effective, saved);
    return has_users(user, effective, saved) ? 0 : refuse("setresuid");
}

EXPORT int setgid(gid_t group) {
    if (!is_sealed())
        return real()->setgid(group);
    gid_t others = has_capability(CAP_SETGID) ? group : (gid_t)-1;
    return group != (gid_t)-1 && has_groups(others, group, others) ? 0 : refuse("setgid");
}

EXPORT int setegid(gid_t group) {
    if (!is_sealed())
        return real()->setegid(group);
    return group != (gid_t)-1 && has_groups((gid_t)-1, group, (gid_t)-1) ? 0 : refuse("setegid");
}

EXPORT int setregid(gid_t group, gid_t effective) {
    if (!is_sealed())
        return real()->setregid(group, effective);
    bool is_kept = group == (gid_t)-1 && effective == (gid_t)-1;
    return has_groups(group, effective, is_kept ? (gid_t)-1 : getegid()) ? 0 : refuse("setregid");
}

EXPORT int setresgid(gid_t group, gid_t effective, gid_t saved) {
    if (!is_sealed())
        return real()->setresgid(group, effective, saved);
    return has_groups(group, effective, saved) ? 0 : refuse("setresgid");
}

EXPORT int setgroups(size_t count, const gid_t *group) {
    return is_sealed() ? refuse("setgroups") : real()->setgroups(count, group);
}

EXPORT int initgroups(const char *user, gid_t group) {
    return is_sealed() ? refuse("initgroups") : real()->initgroups(user, group);
}
