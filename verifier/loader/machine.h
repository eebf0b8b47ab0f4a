// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether this machine and this process can keep the promises.
#ifndef MPKGATE_LOADER_MACHINE_H
#define MPKGATE_LOADER_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine_needs {
    bool protection_keys; // false where they are only simulated (test build)
    bool fsgsbase;        // for the full gate
    bool accept_meltdown;
    uint64_t key_memory; // bytes of K memory that the vault will have
};
// Dies with the reason if the CPU, the kernel or a limit of the process makes protection impossible: no
// protection keys, no FSGSBASE, Meltdown (A45) unless it is accepted, RLIMIT_AS, a tracer (A12). Warns of
// what only weakens it.
void machine_check(const struct machine_needs *needs);

// CPUID.7.0:ECX.OSPKE (SDM vol. 2, CPUID): the kernel has turned protection keys on; without it RDPKRU is an
// invalid instruction.
bool machine_has_protection_keys(void);

// A33: the full gate switches the FS base with WRFSBASE.
bool machine_has_fsgsbase(void);

enum machine_meltdown {
    MELTDOWN_NOT_AFFECTED,
    MELTDOWN_NOT_KNOWN, // the kernel does not say
    MELTDOWN_AFFECTED,  // with or without page-table isolation, which does not help inside of a process
};
// line (size bytes) gets what the kernel says, "" if it says nothing.
enum machine_meltdown machine_meltdown(char *line, int size);

enum machine_key_memory {
    KEY_MEMORY_SECRET, // memfd_secret
    KEY_MEMORY_LOCKED,
    KEY_MEMORY_SWAPPED, // RLIMIT_MEMLOCK allows neither
};
// What the seal will get for so many bytes of K memory: tries it, and leaves nothing behind.
enum machine_key_memory machine_key_memory(uint64_t bytes);

// The process that traces this one, 0 if none does. Dies without /proc.
long machine_tracer(void);

#endif
