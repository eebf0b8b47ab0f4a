// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the gate area in its place (gate-layout.h) and writes the gates' addresses into the clients' import
// slots.
#include <asm/unistd.h>
#include <elf.h>
#include <linux/mman.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

#define CPUID_1_ECX_OSXSAVE (1u << 27)
#define CPUID_7_EBX_RTM (1u << 11)
#define XCR0_AVX 0x6u
#define XCR0_AVX512 0xe6u
#define MXCSR_DEFAULT 0x1f80u
#define CANARY_OFFSET 0x28 // %fs:0x28, the stack protector's (System V ABI supplement of glibc and gcc)

uint64_t gate_address(const struct vault *vault, const unsigned char *label) {
    return vault->place.gates + (uint64_t)(label - vault->gate->begin);
}

uint32_t vector_features(void) {
    uint32_t leaf[4];
    mpkgate_cpuid(1, 0, leaf);
    uint64_t xcr0 = (leaf[2] & CPUID_1_ECX_OSXSAVE) != 0 ? mpkgate_xcr0() : 0;
    return ((xcr0 & XCR0_AVX) == XCR0_AVX ? GATE_FEATURE_AVX : 0u) |
           ((xcr0 & XCR0_AVX512) == XCR0_AVX512 ? GATE_FEATURE_AVX512 : 0u);
}

void patch_switch(unsigned char *place, bool simulate) {
    static const unsigned char nop[] = {0x0f, 0x1f, 0x00};
    if (simulate)
        memcpy(place, nop, sizeof nop);
    else
        place[2] = 0xef;
}

void patch_xabort(unsigned char *place) {
    static const unsigned char xabort[] = {0xc6, 0xf8, 0x00};
    uint32_t leaf[4];
    mpkgate_cpuid(7, 0, leaf);
    if ((leaf[1] & CPUID_7_EBX_RTM) != 0)
        memcpy(place, xabort, sizeof xabort);
}

uint32_t rights_in(unsigned vault, unsigned class_) {
    unsigned k = 2 * (unsigned)MPKGATE_VAULT_PKEY_K((int)vault), v = k + 2;
    return (MPKGATE_PKRU_CLOSED & ~(3u << k) & ~(3u << v)) | (class_ == MPKGATE_CLASS_CRYPTO ? 2u << k : 0);
}

// The immediate of an instruction of five bytes; refused unless it is the first vault's.
static void patch_rights(unsigned char *place, unsigned char opcode, unsigned vault, unsigned class_) {
    uint32_t expected = rights_in(0, class_), rights = rights_in(vault, class_), seen;
    memcpy(&seen, place + 1, sizeof seen);
    if (place[0] != opcode || seen != expected)
        refuse("the gates' rights are not where they must be: build libmpkgate.so again", NULL);
    memcpy(place + 1, &rights, sizeof rights);
}

static void patch_class(unsigned char *code, const struct gate_code *gate, unsigned vault, unsigned class_) {
    patch_xabort(code + (gate->xabort[class_] - gate->begin));
    if (vault == 0)
        return;
    patch_rights(code + (gate->open[class_] - gate->begin), 0xb8 /* movl, %eax */, vault, class_);
    patch_rights(code + (gate->check[class_] - gate->begin), 0x3d /* cmpl, %eax */, vault, class_);
}

static void place_code(const struct vault *vault, bool simulate) {
    const struct gate_code *gate = vault->gate;
    uint64_t area = vault->place.gates;
    unsigned char *code = (unsigned char *)area;
    memset(code, 0xcc, GATE_FIXED); // int3 where no code is
    memcpy(code, gate->begin, (size_t)(gate->end - gate->begin));
    for (unsigned i = 0; i < GATE_SWITCH_COUNT; i++)
        patch_switch(code + (gate->wrpkru[i] - gate->begin), simulate);
    for (unsigned i = 0; i < MPKGATE_CLASSES; i++)
        patch_class(code, gate, vault->number, i);
    if (sys_failed(sys3(__NR_mprotect, (long)area, GATE_FIXED, PROT_READ | PROT_EXEC)))
        refuse("cannot make the gates executable", NULL);
}

// A33: what %fs points to inside the vault: a thread block of nothing but itself and a canary.
static void place_thread_block(const struct vault *vault) {
    uint64_t thread = vault->place.thread;
    map_low(thread, PAGE);
    uint64_t canary = 0;
    if (sys3(__NR_getrandom, (long)&canary, sizeof canary, 0) != sizeof canary)
        refuse("the kernel gives no random numbers", NULL);
    canary &= ~UINT64_C(0xff);
    memcpy((void *)thread, &thread, sizeof thread);
    memcpy((void *)(thread + CANARY_OFFSET), &canary, sizeof canary);
    protect_low(thread, PAGE, PROT_READ, MPKGATE_VAULT_PKEY_V((int)vault->number),
                "the vault's thread block");
}

static void place_stacks(const struct vault *vault) {
    const struct place *place = &vault->place;
    struct gate_slot *slots = (struct gate_slot *)(place->gates + GATE_SLOTS);
    for (unsigned i = 0; i < GATE_SLOT_COUNT; i++) {
        uint64_t bottom = place->stacks + (i + 1) * (uint64_t)GATE_STACK_STRIDE - GATE_STACK_SIZE;
        map_low(bottom, GATE_STACK_SIZE);
        protect_low(bottom, GATE_STACK_SIZE, PROT_READ | PROT_WRITE, MPKGATE_VAULT_PKEY_V((int)vault->number),
                    "a vault stack");
        slots[i].stack = bottom + GATE_STACK_SIZE;
    }
}

void place_gates(const struct seal *seal, const struct vault *vault) {
    const struct place *place = &vault->place;
    map_low(place->gates, GATE_AREA_SIZE);
    place_thread_block(vault);
    place_stacks(vault);
    struct gate_fixed *fixed = (struct gate_fixed *)(place->gates + GATE_FIXED);
    fixed->enter[MPKGATE_CLASS_CRYPTO] = vault->plan->has_direct != 0
                                             ? (uint64_t)vault->header->enter[MPKGATE_CLASS_CRYPTO]
                                             : (uint64_t)serve_nobody;
    fixed->enter[MPKGATE_CLASS_MANAGE] = (uint64_t)mpkgate_start;
    fixed->fs_base = place->thread;
    fixed->features = vector_features();
    fixed->mxcsr = MXCSR_DEFAULT;
    place_code(vault, seal->plan->simulate != 0);
    protect_low(place->gates + GATE_FIXED, GATE_AREA_SIZE - GATE_FIXED, PROT_READ | PROT_WRITE,
                MPKGATE_VAULT_PKEY_V((int)vault->number), "the gates' constants and slots");
}

// A56: mpk-run has parsed the records; what is written here still must lie in the object's own writable
// memory. Returns the slot's address, or 0.
static uint64_t own_slot(const struct seal *seal, const struct mpkgate_plan_import *import) {
    const struct mpkgate_plan_object *object = plan_object(seal->plan, import->object);
    const struct mpkgate_plan_segment *segment = plan_segments(seal->plan, object);
    for (uint32_t i = 0; i < object->segment_count; i++, segment++)
        if ((segment->flags & PF_W) != 0 && import->slot % 8 == 0 && import->slot >= segment->vaddr &&
            import->slot - segment->vaddr <= segment->memsz &&
            segment->memsz - (import->slot - segment->vaddr) >= sizeof(struct mpkgate_slot))
            return seal->base[import->object] + import->slot;
    return 0;
}

bool import_is_known(const struct seal *seal, const struct mpkgate_plan_import *import) {
    return import->class_ < MPKGATE_CLASSES && import->vault < seal->plan->vault_count &&
           (import->caller != MPKGATE_CALLER_VAULT || import->object < seal->plan->vault_count);
}

// In a vault image, of which mpk-run has checked that it is writable there.
static uint64_t image_slot(const struct seal *seal, const struct mpkgate_plan_import *import) {
    const struct place *place = &seal->vault[import->object].place;
    return import->slot % 8 == 0 && import->slot <= place->image_size - sizeof(struct mpkgate_slot)
               ? place->image + import->slot
               : 0;
}

static _Noreturn void refuse_import(const struct seal *seal, const struct mpkgate_plan_import *import) {
    uint32_t name = import->caller == MPKGATE_CALLER_CLIENT
                        ? plan_object(seal->plan, import->object)->name_at
                        : seal->vault[import->object % MPKGATE_VAULTS_MAX].plan->name_at;
    refuse(plan_string(seal->plan, name),
           ": a gate's slot lies outside its own writable memory: compile it again with MPKGate.so", NULL);
}

void fill_imports(struct seal *seal) {
    const struct mpkgate_plan_import *import = plan_at(seal->plan, seal->plan->imports_at);
    for (uint32_t i = 0; i < seal->plan->import_count; i++, import++) {
        bool is_vault = import->caller == MPKGATE_CALLER_VAULT;
        uint64_t at = 0;
        if (import_is_known(seal, import))
            at = is_vault ? image_slot(seal, import) : own_slot(seal, import);
        if (at == 0)
            refuse_import(seal, import);
        const struct vault *vault = &seal->vault[import->vault];
        struct mpkgate_slot slot = {.index = import->index};
        slot.entry = import->route == MPKGATE_ROUTE_ULK
                         ? ulk_gate(seal, ulk_pair_of(seal, import))
                         : gate_address(vault, vault->gate->gate[import->class_]);
        memcpy((void *)at, &slot, sizeof slot);
    }
}
