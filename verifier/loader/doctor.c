// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See doctor.h. Each row looks for itself, by trying where that is possible; the order is that of importance.
#include "doctor.h"

#include "files.h"
#include "machine.h"

#include <cpuid.h>
#include <dirent.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef SYS_mseal
#define SYS_mseal 462 // Linux 6.10
#endif
#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 // Linux 6.3
#endif
#ifndef ARCH_SHSTK_STATUS
#define ARCH_SHSTK_STATUS 0x5005 // Linux 6.6
#endif

enum { PKEYS = 15, TEXT_SIZE = 256, COLUMN = 21, TEXT_WIDTH = 80 - COLUMN };
enum { CPUID_7_EBX_RTM = 1 << 11, CPUID_7_ECX_PKU = 1 << 3, CPUID_7_ECX_SHSTK = 1 << 7 };
enum { TRUNCATE_LANDLOCK = 3, SIGNAL_LANDLOCK = 6 };
// As many bytes of K memory as a program with a few keys has.
enum { KEY_MEMORY = 256 * 1024 };
static const uint32_t pkru_at_exec = 0x55555554;

enum verdict {
    FINE,
    WEAKER,    // a second belt is missing, or an option does not work
    IMPOSSIBLE // no program can be sealed
};

struct row {
    enum verdict verdict;
    char text[TEXT_SIZE];
};

__attribute__((format(printf, 2, 3))) static struct row row(enum verdict verdict, const char *format, ...) {
    struct row result = {.verdict = verdict};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result.text, sizeof(result.text), format, arguments);
    va_end(arguments);
    return result;
}

static bool is_meltdown_accepted;

static struct row kernel(void) {
    struct utsname name;
    if (uname(&name) != 0)
        return row(WEAKER, "of an unknown version");
    char *rest;
    unsigned long major = strtoul(name.release, &rest, 10);
    unsigned long minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    if (major < 5 || (major == 5 && minor < 9))
        return row(IMPOSSIBLE, "%.24s: Linux 5.9 or newer is needed", name.release);
    return row(FINE, "Linux %.32s", name.release);
}

static uint32_t read_pkru(void) {
    uint32_t pkru;
    __asm__ volatile(".byte 0x0f, 0x01, 0xee" : "=a"(pkru) : "c"(0) : "edx"); // RDPKRU
    return pkru;
}

// Before any key is allocated: the kernel changes the register with it.
static struct row pkru(void) {
    if (!machine_has_protection_keys())
        return row(IMPOSSIBLE, "cannot be read without protection keys");
    uint32_t value = read_pkru();
    if (value != pkru_at_exec)
        return row(IMPOSSIBLE, "%#x instead of %#x: remove init_pkru= from the kernel", value, pkru_at_exec);
    return row(FINE, "%#x: every key but 0 is closed", value);
}

static struct row protection_keys(void) {
    unsigned a, b, c, d;
    if (!machine_has_protection_keys()) {
        if (__get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & CPUID_7_ECX_PKU) != 0)
            return row(IMPOSSIBLE, "the CPU has them, the kernel does not use them (nopku?)");
        return row(IMPOSSIBLE, "the CPU has none (CPUID.7.0:ECX.PKU): nothing is protected");
    }
    int key[PKEYS + 1], count = 0;
    while (count <= PKEYS && (key[count] = pkey_alloc(0, PKEY_DISABLE_ACCESS)) > 0)
        count++;
    for (int i = 0; i < count; i++)
        pkey_free(key[i]);
    if (count != PKEYS)
        return row(IMPOSSIBLE, "%d to be had, the seal takes %d", count, PKEYS);
    return row(FINE, "%d to be had, the seal takes them all", count);
}

static struct row fsgsbase(void) {
    return machine_has_fsgsbase()
               ? row(FINE, "the full gate can give the vault its own %%fs")
               : row(WEAKER, "not allowed (nofsgsbase?): only images that need no full gate");
}

static struct row meltdown(void) {
    char line[32];
    enum machine_meltdown state = machine_meltdown(line, sizeof(line));
    if (state == MELTDOWN_NOT_AFFECTED)
        return row(FINE, "not affected");
    if (state == MELTDOWN_NOT_KNOWN)
        return row(WEAKER, "the kernel says \"%s\": keys may be readable", line);
    if (is_meltdown_accepted)
        return row(WEAKER, "%.20s, accepted: KEYS CAN BE READ", line);
    return row(IMPOSSIBLE, "%.20s: keys can be read (--accept-meltdown)", line);
}

static bool is_affected(const char *name) {
    char path[TEXT_SIZE], line[16] = "";
    snprintf(path, sizeof(path), "/sys/devices/system/cpu/vulnerabilities/%s", name);
    FILE *file = fopen(path, "re");
    bool is_read = file != NULL && fgets(line, sizeof(line), file) != NULL;
    if (file != NULL)
        fclose(file);
    return is_read && strncmp(line, "Not affected", 12) != 0 && strcmp(name, "meltdown") != 0;
}

// A47, A48: the kernel's mitigations work where it is entered and left; between client and vault it is
// neither.
static struct row other_leaks(void) {
    struct row result = {.verdict = FINE};
    struct dirent **entry;
    int count = scandir("/sys/devices/system/cpu/vulnerabilities", &entry, NULL, alphasort);
    if (count < 0)
        return row(WEAKER, "/sys/devices/system/cpu/vulnerabilities cannot be read");
    int affected = 0;
    for (int i = 0; i < count; i++) {
        if (entry[i]->d_name[0] != '.' && is_affected(entry[i]->d_name)) {
            size_t length = strlen(result.text);
            snprintf(result.text + length, sizeof(result.text) - length, "%s%s", affected++ != 0 ? ", " : "",
                     entry[i]->d_name);
        }
        free(entry[i]);
    }
    free(entry);
    if (affected == 0)
        return row(FINE, "none known to the kernel");
    result.verdict = WEAKER;
    if (strlen(result.text) > TEXT_WIDTH)
        memcpy(result.text + TEXT_WIDTH - 4, " ...", 5);
    return result;
}

static struct row landlock(void) {
    int version = landlock_version();
    if (version == 0)
        return getuid() == 0 || geteuid() == 0
                   ? row(IMPOSSIBLE, "none: root could open the keys (lsm=landlock,...)")
                   : row(WEAKER, "none: only key files that this user cannot open");
    if (version < TRUNCATE_LANDLOCK)
        return row(WEAKER, "ABI %d: truncate(2) is denied altogether", version);
    if (version < SIGNAL_LANDLOCK)
        return row(WEAKER, "ABI %d; with --allow-fork no child can be signalled", version);
    return row(FINE, "ABI %d", version);
}

static struct row seccomp_filter(void) {
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) != 0)
        return row(IMPOSSIBLE, "no filters that end the process (Linux 4.14)");
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == 0
               ? row(FINE, "filters that end the process")
               : row(FINE, "a filter is on already; the seal adds its own");
}

static struct row key_memory(void) {
    switch (machine_key_memory(KEY_MEMORY)) {
    case KEY_MEMORY_SECRET:
        return row(FINE, "memfd_secret: not even the kernel maps it");
    case KEY_MEMORY_LOCKED:
        return row(WEAKER, "locked; no memfd_secret (secretmem.enable=1, Linux 5.14)");
    default:
        return row(WEAKER, "may be swapped out: raise RLIMIT_MEMLOCK (ulimit -l)");
    }
}

static struct row mseal(void) {
    return syscall(SYS_mseal, 0, 0, 0) == 0
               ? row(FINE, "the vault's mappings cannot be changed")
               : row(WEAKER, "none (Linux 6.10): the filter alone holds the mappings");
}

static struct row mdwe(void) {
    return prctl(PR_GET_MDWE, 0, 0, 0, 0) >= 0
               ? row(FINE, "the kernel makes nothing executable later")
               : row(WEAKER, "none (Linux 6.3): the filter alone denies new code");
}

static struct row address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        return row(IMPOSSIBLE, "RLIMIT_AS: 1 TiB is reserved (ulimit -v unlimited)");
    return row(FINE, "unlimited");
}

static struct row restartable_sequences(void) {
    // No registration (address 0, wrong size) is accepted; a kernel without rseq says ENOSYS.
    return syscall(SYS_rseq, NULL, 0, 0, 0) != 0 && errno == ENOSYS ? row(FINE, "none")
                                                                    : row(FINE, "the seal unregisters them");
}

static struct row transactions(void) {
    unsigned a, b, c, d;
    bool has_rtm = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & CPUID_7_EBX_RTM) != 0;
    return has_rtm ? row(FINE, "there are: the gates abort them") : row(FINE, "none");
}

static struct row shadow_stack(void) {
    unsigned a, b, c, d;
    uint64_t status = 0;
    bool has_shstk = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & CPUID_7_ECX_SHSTK) != 0;
    if (!has_shstk || syscall(SYS_arch_prctl, ARCH_SHSTK_STATUS, &status) != 0)
        return row(FINE, "none");
    return status == 0 ? row(FINE, "off") : row(WEAKER, "on, and never tested with the gates");
}

static struct row tracer(void) {
    long process = machine_tracer();
    return process == 0 ? row(FINE, "none")
                        : row(IMPOSSIBLE, "process %ld reads and writes all memory", process);
}

static struct row modes(void) {
    int persona = personality(0xffffffff);
    return persona >= 0 && (persona & READ_IMPLIES_EXEC) == 0
               ? row(FINE, "readable memory is not executable")
               : row(IMPOSSIBLE, "READ_IMPLIES_EXEC: start without setarch -X");
}

static bool print(const char *name, const struct row *row) {
    static const char *const mark[] = {[FINE] = "ok", [WEAKER] = "--", [IMPOSSIBLE] = "NO"};
    printf("%s %-*s%s\n", mark[row->verdict], COLUMN - 3, name, row->text);
    return row->verdict != IMPOSSIBLE;
}

bool doctor(bool accept_meltdown) {
    static const struct {
        const char *name;
        struct row (*look)(void);
    } part[] = {{"kernel", kernel},
                {"PKRU at exec", pkru},
                {"protection keys", protection_keys},
                {"FSGSBASE", fsgsbase},
                {"Meltdown", meltdown},
                {"other CPU leaks", other_leaks},
                {"transactions", transactions},
                {"shadow stack", shadow_stack},
                {"seccomp", seccomp_filter},
                {"Landlock", landlock},
                {"key memory", key_memory},
                {"mseal", mseal},
                {"MDWE", mdwe},
                {"address space", address_space},
                {"rseq", restartable_sequences},
                {"personality", modes},
                {"tracer", tracer}};
    is_meltdown_accepted = accept_meltdown;
    bool is_possible = true;
    for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
        struct row row = part[i].look();
        is_possible = print(part[i].name, &row) && is_possible;
    }
    printf("%s\n", is_possible ? "A program can be sealed here." : "No program can be sealed here: see NO.");
    return is_possible;
}
