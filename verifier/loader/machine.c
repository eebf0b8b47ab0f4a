// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See machine.h. The runtime checks again what could have changed until the seal.
#include "machine.h"

#include "die.h"
#include "mpk-elf.h"

#include <cpuid.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447 // Linux 5.14
#endif

enum { CPUID_7_ECX_OSPKE = 1 << 4, HWCAP2_FSGSBASE_BIT = 1 << 1 };

bool machine_has_protection_keys(void) {
    unsigned a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (c & CPUID_7_ECX_OSPKE) != 0;
}

bool machine_has_fsgsbase(void) {
    return (getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT) != 0;
}

static void check_protection_keys(void) {
    static const char hint[] = "run on a CPU with PKU (Intel since Skylake-SP, AMD since Zen 3), or in the "
                               "project's virtual machine: test/vm/pkuvm run -- mpk-run ...; mpk-run "
                               "--doctor says what this machine offers";
    if (!machine_has_protection_keys())
        die(MPK_RUN_FAILED, hint,
            "this CPU or kernel has no protection keys (PKU): nothing would protect the keys");
    int key = pkey_alloc(0, 0);
    if (key < 0)
        die_errno(MPK_RUN_FAILED, hint, "the kernel gives no protection key");
    pkey_free(key);
}

// A33: the full gate switches the FS base with WRFSBASE.
static void check_fsgsbase(void) {
    if (!machine_has_fsgsbase())
        die(MPK_RUN_FAILED, "use Linux 5.9 or newer, without nofsgsbase on its command line",
            "this kernel does not let programs use WRFSBASE");
}

static void check_address_space(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        die(MPK_RUN_FAILED, "ulimit -v unlimited",
            "RLIMIT_AS (ulimit -v) is %" PRIu64 " KiB: the seal reserves 1 TiB of address space, none of it "
            "backed by memory",
            (uint64_t)limit.rlim_cur / 1024);
}

static void read_line(const char *path, char *line, int size) {
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(line, size, file) == NULL)
        line[0] = '\0';
    line[strcspn(line, "\n")] = '\0';
    if (file != NULL)
        fclose(file);
}

// A45: on a CPU without RDCL_NO, protection keys do not stop transient reads, and page-table isolation, which
// separates kernel and process, does not help inside the process.
enum machine_meltdown machine_meltdown(char *line, int size) {
    read_line("/sys/devices/system/cpu/vulnerabilities/meltdown", line, size);
    if (strcmp(line, "Not affected") == 0)
        return MELTDOWN_NOT_AFFECTED;
    return strncmp(line, "Vulnerable", 10) == 0 || strncmp(line, "Mitigation", 10) == 0 ? MELTDOWN_AFFECTED
                                                                                        : MELTDOWN_NOT_KNOWN;
}

static void check_meltdown(bool is_accepted) {
    static const char source[] = "/sys/devices/system/cpu/vulnerabilities/meltdown";
    char line[128];
    switch (machine_meltdown(line, sizeof(line))) {
    case MELTDOWN_NOT_AFFECTED:
        return;
    case MELTDOWN_NOT_KNOWN:
        warning("this CPU may be vulnerable to Meltdown, which reads past protection keys (%s: %s)", source,
                line[0] != '\0' ? line : "not readable");
        return;
    case MELTDOWN_AFFECTED:
        break;
    }
    if (!is_accepted)
        die(MPK_RUN_FAILED,
            "use a CPU that reports \"Not affected\" there, or run with --accept-meltdown, which leaves keys "
            "that a hostile program can read but not change",
            "this CPU is vulnerable to Meltdown, which reads past protection keys (%s: %s)", source, line);
    // Not a warning(): --quiet must not hide that the main promise is not kept.
    fprintf(stderr,
            "mpk-run: NOT CONFIDENTIAL: this CPU is vulnerable to Meltdown, which reads past protection keys "
            "(%s: %s)\n",
            source, line);
}

long machine_tracer(void) {
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL)
        die_errno(MPK_RUN_FAILED, "mpk-run needs /proc", "cannot open /proc/self/status");
    char line[256];
    static const char label[] = "TracerPid:";
    long tracer = -1;
    while (tracer < 0 && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, label, sizeof(label) - 1) == 0)
            tracer = strtol(line + sizeof(label) - 1, NULL, 10);
    }
    fclose(file);
    return tracer;
}

static void check_tracer(void) {
    long tracer = machine_tracer();
    if (tracer != 0)
        die(MPK_RUN_FAILED, "run without debugger, strace and ltrace: a tracer reads and writes all memory",
            "mpk-run is being traced by process %ld", tracer);
}

// As the seal does it (verifier/runtime/place.c): Linux may refuse secret memory where it is first touched.
static bool touch_pages(unsigned char *memory, uint64_t bytes) {
    for (uint64_t i = 0; i < bytes; i += MPK_PAGE) {
        if (syscall(SYS_getrandom, memory + i, 1, 0) != 1)
            return false;
    }
    return true;
}

static bool maps_secret_memory(uint64_t bytes) {
    int file = (int)syscall(SYS_memfd_secret, 0);
    if (file < 0)
        return false;
    void *memory = ftruncate(file, (off_t)bytes) == 0
                       ? mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
                       : MAP_FAILED;
    close(file);
    if (memory == MAP_FAILED)
        return false;
    bool is_had = touch_pages(memory, bytes);
    munmap(memory, bytes);
    return is_had;
}

static bool locks_memory(uint64_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    bool is_locked = mlock(memory, bytes) == 0;
    munmap(memory, bytes);
    return is_locked;
}

enum machine_key_memory machine_key_memory(uint64_t bytes) {
    struct rlimit before, raised;
    bool is_known = getrlimit(RLIMIT_MEMLOCK, &before) == 0;
    raised = (struct rlimit){before.rlim_max, before.rlim_max};
    if (is_known)
        setrlimit(RLIMIT_MEMLOCK, &raised); // as the seal does it
    enum machine_key_memory got = maps_secret_memory(bytes) ? KEY_MEMORY_SECRET
                                  : locks_memory(bytes)     ? KEY_MEMORY_LOCKED
                                                            : KEY_MEMORY_SWAPPED;
    if (is_known)
        setrlimit(RLIMIT_MEMLOCK, &before);
    return got;
}

static void check_key_memory(uint64_t bytes) {
    if (machine_key_memory(bytes) == KEY_MEMORY_SWAPPED)
        warning("RLIMIT_MEMLOCK (ulimit -H -l) allows less than the %" PRIu64
                " KiB of the keys' memory: keys may be written to swap space",
                bytes / 1024);
}

void machine_check(const struct machine_needs *needs) {
    if (needs->protection_keys)
        check_protection_keys();
    if (needs->fsgsbase)
        check_fsgsbase();
    check_address_space();
    check_meltdown(needs->accept_meltdown);
    check_tracer();
    check_key_memory(needs->key_memory);
}
