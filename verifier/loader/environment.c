// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See environment.h. The caller's environment may be hostile as far as start-up goes: ld.so and libc act on
// parts of it before the seal (A55).
#include "environment.h"

#include "die.h"

#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// What ld.so removes from the environment of a set-user-ID program (glibc, sysdeps/generic/unsecvars.h), by
// prefix where a whole family is meant. TMPDIR is in glibc's list, too, but no code reads it before the seal.
static const char *const dropped_family[] = {"LD_", "MALLOC_", "MPKGATE_"};
static const char *const dropped[] = {"GCONV_PATH",  "GETCONF_DIR",      "GLIBC_TUNABLES", "HOSTALIASES",
                                      "LOCALDOMAIN", "LOCPATH",          "NIS_PATH",       "NLSPATH",
                                      "RES_OPTIONS", "RESOLV_HOST_CONF", "TZDIR"};

static bool is_dropped(const char *entry) {
    for (size_t i = 0; i < sizeof(dropped_family) / sizeof(dropped_family[0]); i++) {
        if (strncmp(entry, dropped_family[i], strlen(dropped_family[i])) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
        size_t length = strlen(dropped[i]);
        if (strncmp(entry, dropped[i], length) == 0 && (entry[length] == '=' || entry[length] == '\0'))
            return true;
    }
    return false;
}

// Compatibility library and runtime first, then the whole closure in ld.so's own order, so that ld.so finds
// every DT_NEEDED loaded and searches nothing.
static char *preload_list(const struct process *process) {
    char *list = copy_string("LD_PRELOAD=");
    for (size_t i = PROCESS_MAIN + 1; i < process->count; i++) {
        const struct object *object = &process->object[i];
        if (object->kind == MPKGATE_OBJECT_LD_SO)
            continue;
        const char *separator = i > PROCESS_MAIN + 1 ? ":" : "";
        char *next = object->copy >= 0 ? format_string("%s%s/proc/self/fd/%d", list, separator, object->copy)
                                       : format_string("%s%s%s", list, separator, object->path);
        free(list);
        list = next;
    }
    return list;
}

// After the seal nobody can ask the kernel any more: the program would not know of nohup.
static char *signals_entry(void) {
    enum { LAST_SIGNAL = 64 };
    uint64_t ignored = 0, blocked = 0;
    sigset_t mask;
    if (sigprocmask(SIG_BLOCK, NULL, &mask) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot read the signal mask");
    for (int number = 1; number <= LAST_SIGNAL; number++) {
        struct sigaction action;
        uint64_t bit = UINT64_C(1) << (number - 1);
        if (sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            ignored |= bit;
        if (sigismember(&mask, number) == 1)
            blocked |= bit;
    }
    return format_string("MPKGATE_SIGNALS=%" PRIx64 ",%" PRIx64, ignored, blocked);
}

char **environment_build(char *const *environment, const struct process *process, int plan,
                         bool explains_denials) {
    size_t count = 0;
    while (environment[count] != NULL)
        count++;
    char **result = allocate((count + 6) * sizeof(*result));
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_dropped(environment[i]))
            result[kept++] = environment[i];
        else if (strncmp(environment[i], "LD_PRELOAD=", 11) == 0 && environment[i][11] != '\0')
            warning("LD_PRELOAD is ignored: only what the program itself needs is loaded");
    }
    result[kept++] = copy_string("LD_BIND_NOW=1");
    result[kept++] = preload_list(process);
    result[kept++] = format_string("%s=%d", MPKGATE_PLAN_VARIABLE, plan);
    result[kept++] = signals_entry();
    if (explains_denials)
        result[kept++] = copy_string("MPKGATE_EXPLAIN_DENIALS=1");
    result[kept] = NULL;
    return result;
}
