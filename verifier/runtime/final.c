// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The last check, over everything executable in its final place: the hits must be exactly the gates' (A1, A2,
// A3). After it nothing becomes executable any more, because the seccomp program is already on.
#include <elf.h>

#include "report.h"
#include "scan.h"
#include "seal.h"
#include "sys.h"
#include "ulk-layout.h"

struct final {
    struct seal *seal;
    uint64_t expected[MPKGATE_VAULTS_MAX * GATE_SWITCH_COUNT + ULK_PAIRS_MAX * ULK_SWITCH_COUNT];
    unsigned count; // of `expected`
    unsigned found;
};

// Names the file, the offset and what to do about it.
static _Noreturn void refuse_hit(const struct seal *seal, enum mpk_pattern pattern, uint64_t address) {
    const char *what = pattern == MPK_PATTERN_WRPKRU ? "wrpkru" : "xrstor";
    for (uint32_t i = 0; i < seal->plan->object_count; i++) {
        const struct mpkgate_plan_object *object = plan_object(seal->plan, i);
        const struct mpkgate_plan_segment *segment = plan_segments(seal->plan, object);
        for (uint32_t s = 0; s < object->segment_count; s++, segment++) {
            uint64_t start = seal->base[i] + PAGE_DOWN(segment->vaddr);
            if ((segment->flags & PF_X) == 0 || address < start ||
                address >= seal->base[i] + PAGE_UP(segment->vaddr + segment->filesz))
                continue;
            refuse(plan_string(seal->plan, object->name_at), ": executable ", what, " at file offset ",
                   hex(PAGE_DOWN(segment->offset) + (address - start)).text,
                   ": run mpk-verify on the file for the symbol and the remedy", NULL);
        }
    }
    refuse("executable ", what, " at ", hex(address).text, " in memory of no file", NULL);
}

static bool take_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct final *final = context;
    for (unsigned i = 0; i < final->count; i++)
        if (pattern == MPK_PATTERN_WRPKRU && address == final->expected[i]) {
            final->found++;
            return true;
        }
    refuse_hit(final->seal, pattern, address);
}

// The vsyscall page is the kernel's, execute-only, and the same for every process; it cannot be read.
static bool is_readable_code(const struct mapping *mapping) {
    return mapping->executable && mapping->start < MPKGATE_CLIENT_END;
}

static void expect_switches(struct final *final) {
    for (unsigned i = 0; i < final->seal->plan->vault_count; i++) {
        const struct vault *vault = &final->seal->vault[i];
        for (unsigned n = 0; n < GATE_SWITCH_COUNT; n++)
            final->expected[final->count++] = gate_address(vault, vault->gate->wrpkru[n]);
    }
    for (unsigned i = 0; i < final->seal->ulk.count; i++)
        for (unsigned n = 0; n < ULK_SWITCH_COUNT; n++)
            final->expected[final->count++] = ulk_switch(final->seal, i, n);
}

void check_executable_memory(struct seal *seal) {
    read_maps(seal);
    struct final final = {.seal = seal};
    expect_switches(&final);
    struct mpk_scan scan;
    mpk_scan_begin(&scan, take_hit, &final);
    for (size_t i = 0; i < seal->mapping_count; i++) {
        const struct mapping *mapping = &seal->mapping[i];
        if (mapping->executable && (mapping->writable || mapping->shared))
            refuse("executable memory that is writable or shared at ", hex(mapping->start).text, NULL);
        if (is_readable_code(mapping) && mapping->inode != 0) // A24: code that a file can still change
            refuse(mapping->name, ": executable memory that is not a private copy at ",
                   hex(mapping->start).text, NULL);
        if (is_readable_code(mapping))
            mpk_scan_feed(&scan, (const unsigned char *)mapping->start, mapping->end - mapping->start,
                          mapping->start);
    }
    mpk_scan_end(&scan);
    if (final.found != (seal->plan->simulate ? 0 : final.count))
        refuse("a gate is missing", NULL);
}
