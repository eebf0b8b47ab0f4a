// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See machine.h. The runtime checks again what could have changed until the seal.
#include "machine.h"

#include "die.h"

#include <cpuid.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { CPUID_7_ECX_OSPKE = 1 << 4, HWCAP2_FSGSBASE_BIT = 1 << 1 };

static void check_protection_keys(void) {
    static const char hint[] = "run on a CPU with PKU (Intel since Skylake-SP, AMD since Zen 3), or in the "
                               "project's virtual machine: test/vm/pkuvm run -- mpk-run ...";
    unsigned a, b, c, d;
    // CPUID.7.0:ECX.OSPKE (SDM vol. 2, CPUID): the kernel has turned protection keys on.
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (c & CPUID_7_ECX_OSPKE) == 0)
        die(MPK_RUN_FAILED, hint,
            "this CPU or kernel has no protection keys (PKU): nothing would protect the keys");
    int key = pkey_alloc(0, 0);
    if (key < 0)
        die_errno(MPK_RUN_FAILED, hint, "the kernel gives no protection key");
    pkey_free(key);
}

// A33: the full gate switches the FS base with WRFSBASE.
static void check_fsgsbase(void) {
    if ((getauxval(AT_HWCAP2) & HWCAP2_FSGSBASE_BIT) == 0)
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
static void check_meltdown(void) {
    char line[128];
    read_line("/sys/devices/system/cpu/vulnerabilities/meltdown", line, sizeof(line));
    if (strncmp(line, "Vulnerable", 10) == 0)
        die(MPK_RUN_FAILED, "use a CPU that reports \"Not affected\" there",
            "this CPU is vulnerable to Meltdown (/sys/devices/system/cpu/vulnerabilities/meltdown: %s)",
            line);
    if (strcmp(line, "Not affected") != 0)
        warning("this CPU may be vulnerable to Meltdown, which reads past protection keys "
                "(/sys/devices/system/cpu/vulnerabilities/meltdown: %s)",
                line[0] != '\0' ? line : "not readable");
}

static void check_tracer(void) {
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
    if (tracer != 0)
        die(MPK_RUN_FAILED, "run without debugger, strace and ltrace: a tracer reads and writes all memory",
            "mpk-run is being traced by process %ld", tracer);
}

void machine_check(bool needs_keys, bool needs_fsgsbase) {
    if (needs_keys)
        check_protection_keys();
    if (needs_fsgsbase)
        check_fsgsbase();
    check_address_space();
    check_meltdown();
    check_tracer();
}
