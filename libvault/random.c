// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The seed of the vault's generator (NIST SP 800-90A's entropy input). No libc; raw system call.
#include "random.h"

#include <cpuid.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>

#include "machine.h"

#define WORDS 4

// getrandom() of up to 256 bytes from an initialised pool is complete and not interrupted (getrandom(2)).
static bool from_kernel(uint64_t words[WORDS]) {
    return vault_syscall(SYS_getrandom, (uint64_t)(uintptr_t)words, WORDS * sizeof(*words), 0, 0) ==
           (long)(WORDS * sizeof(*words));
}

static bool has_rdseed(void) {
    unsigned int eax = 0;
    unsigned int ebx = 0;
    unsigned int ecx = 0;
    unsigned int edx = 0;
    return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_RDSEED) != 0;
}

static bool try_often(int (*source)(uint64_t *), int tries, uint64_t *word) {
    for (int i = 0; i < tries; i++) {
        if (source(word) != 0) {
            return true;
        }
    }
    return false;
}

// RDSEED where there is one and it gets ready; else RDRAND, which it seeds (SDM vol. 1, 7.3.17).
static bool from_cpu(uint64_t words[WORDS]) {
    bool seed = has_rdseed();
    for (int i = 0; i < WORDS; i++) {
        if (!(seed && try_often(vault_rdseed, 100, &words[i])) && !try_often(vault_rdrand, 10, &words[i])) {
            return false;
        }
    }
    return true;
}

// What 256 random bits never look like: two equal words. An untouched buffer (A31) and a CPU whose RDRAND
// returns all ones after resuming (AMD family 15h, 16h) do.
static bool is_plausible(const uint64_t words[WORDS]) {
    for (int i = 0; i < WORDS; i++) {
        for (int j = i + 1; j < WORDS; j++) {
            if (words[i] == words[j]) {
                return false;
            }
        }
    }
    return true;
}

bool random_seed(void *output, size_t size) {
    uint64_t kernel[WORDS] = {0};
    uint64_t cpu[WORDS] = {0};
    bool ok = true;
    for (size_t done = 0; ok && done < size;) {
        size_t part = size - done < sizeof(kernel) ? size - done : sizeof(kernel);
        vault_wipe(kernel, sizeof(kernel)); // so that an untouched buffer shows (A31)
        vault_wipe(cpu, sizeof(cpu));
        ok = from_kernel(kernel) && from_cpu(cpu) && is_plausible(kernel) && is_plausible(cpu);
        for (int i = 0; i < WORDS; i++) {
            kernel[i] ^= cpu[i];
        }
        memcpy((unsigned char *)output + done, kernel, part);
        done += part;
    }
    if (!ok) {
        vault_wipe(output, size);
    }
    vault_wipe(kernel, sizeof(kernel));
    vault_wipe(cpu, sizeof(cpu));
    return ok;
}
