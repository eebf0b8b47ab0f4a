// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every executable page becomes an anonymous private copy: no file behind it that could change (A24), and
// MADV_DONTNEED brings back zeros, not the bytes that were neutralised. The copy replaces the original while
// this very code runs.
#include <asm/unistd.h>
#include <elf.h>
#include <linux/mman.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

// A1, A3: glibc's pkey_set and the resolvers of lazy binding, as mpk-run listed them.
static void apply_patches(const struct seal *seal, uint32_t index, uint64_t vaddr, unsigned char *copy,
                          uint64_t size) {
    const struct mpkgate_plan *plan = seal->plan;
    const struct mpkgate_plan_patch *patch = plan_at(plan, plan->patches_at);
    for (uint32_t i = 0; i < plan->patch_count; i++, patch++) {
        if (patch->object != index || patch->vaddr < vaddr || patch->size > MPKGATE_PATCH_MAX ||
            patch->size > size || patch->vaddr - vaddr > size - patch->size)
            continue;
        unsigned char *at = copy + (patch->vaddr - vaddr);
        if (memcmp(at, patch->expected, patch->size) != 0)
            refuse(plan_string(plan, plan_object(plan, index)->name_at), ": other bytes than verified at ",
                   hex(patch->vaddr).text, NULL);
        memcpy(at, patch->replacement, patch->size);
    }
}

static void replace_segment(const struct seal *seal, uint32_t index,
                            const struct mpkgate_plan_segment *segment) {
    uint64_t vaddr = PAGE_DOWN(segment->vaddr);
    uint64_t size = PAGE_UP(segment->vaddr + segment->filesz) - vaddr;
    uint64_t original = seal->base[index] + vaddr;
    long copy =
        mpkgate_syscall(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sys_failed(copy))
        refuse("no memory for a copy of the code (", decimal(size).text, " bytes)", NULL);
    memcpy((void *)copy, (const void *)original, size);
    apply_patches(seal, index, vaddr, (unsigned char *)copy, size);
    if (sys_failed(sys3(__NR_mprotect, copy, (long)size, PROT_READ | PROT_EXEC)) ||
        mpkgate_syscall(__NR_mremap, copy, (long)size, (long)size, MREMAP_MAYMOVE | MREMAP_FIXED,
                        (long)original, 0) != (long)original)
        refuse(
            plan_string(seal->plan, plan_object(seal->plan, index)->name_at),
            ": its code cannot be replaced by a private copy (does a security module forbid anonymous code?)",
            NULL);
}

void replace_code(struct seal *seal) {
    for (uint32_t i = 0; i < seal->plan->object_count; i++) {
        const struct mpkgate_plan_object *object = plan_object(seal->plan, i);
        const struct mpkgate_plan_segment *segment = plan_segments(seal->plan, object);
        for (uint32_t s = 0; s < object->segment_count; s++, segment++)
            if ((segment->flags & PF_X) != 0)
                replace_segment(seal, i, segment);
    }
}
