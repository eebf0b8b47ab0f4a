// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether libmpkgate.so holds the gates of this build, byte for byte (A4). They are data in it, with rdpkru
// where the seal puts wrpkru; a note for each names its place, so that a stripped library has it too.

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"
#include "mpkgate-abi.h"
#include "plan.h"

struct gate_entry {
    const char *name;
    uint32_t offset; // bytes from the gate's start
};
#include "gate-bytes.h"

#define GATE_ULK 2 // struct mpkgate_note_gate

static const struct gate {
    const char *name;
    const unsigned char *bytes;
    uint32_t size;
    const struct gate_entry *entries; // up to one without a name
} gates[] = {
    [MPKGATE_GATE_FULL] = {"full", full_bytes, sizeof(full_bytes), full_entries},
    [MPKGATE_GATE_LEAN] = {"lean", lean_bytes, sizeof(lean_bytes), lean_entries},
    [GATE_ULK] = {"ULK", ulk_bytes, sizeof(ulk_bytes), ulk_entries},
};
#define GATES (sizeof(gates) / sizeof(gates[0]))

struct place {
    uint64_t vaddr;
    uint64_t size;
    size_t count; // notes that name a place
};

static void take_note(void *context, const struct mpk_note *note) {
    struct place *places = context;
    struct mpkgate_note_gate found;
    if (note->type != MPKGATE_NOTE_GATE || note->size != sizeof(found))
        return;
    memcpy(&found, note->descriptor, sizeof(found));
    if (found.gate >= GATES)
        return;
    struct place *place = &places[found.gate];
    place->vaddr = note->vaddr + offsetof(struct mpkgate_note_gate, code) + (uint64_t)(int64_t)found.code;
    place->size = found.size;
    place->count++;
}

bool mpk_elf_has_gates(const struct mpk_elf *elf) {
    struct place places[GATES] = {0};
    mpk_elf_each_note(elf, take_note, places);
    return places[MPKGATE_GATE_FULL].count > 0 || places[MPKGATE_GATE_LEAN].count > 0;
}

// The entry that the byte at an offset belongs to: the last one that begins before it.
static const struct gate_entry *entry_of(const struct gate *gate, uint32_t offset) {
    const struct gate_entry *found = &gate->entries[0];
    for (size_t i = 0; gate->entries[i].name != NULL; i++) {
        if (gate->entries[i].offset <= offset && gate->entries[i].offset >= found->offset)
            found = &gate->entries[i];
    }
    return found;
}

static void compare(struct mpk_judge *judge, const struct gate *gate, uint64_t vaddr,
                    const unsigned char *bytes) {
    uint32_t first = 0;
    uint32_t count = 0;
    for (uint32_t i = gate->size; i > 0; i--) {
        if (bytes[i - 1] != gate->bytes[i - 1]) {
            first = i - 1;
            count++;
        }
    }
    if (count == 0)
        return;
    const struct gate_entry *entry = entry_of(gate, first);
    mpk_find(judge, MPK_RULE_GATE, vaddr + first, 1,
             "the %s gate differs from this build's in %" PRIu32
             " bytes; the first is %02x, not %02x, at %s+%#" PRIx32 " (offset %#" PRIx32 ")",
             gate->name, count, bytes[first], gate->bytes[first], entry->name, first - entry->offset, first);
}

static void check_gate(struct mpk_judge *judge, const struct gate *gate, const struct place *place) {
    const struct mpk_elf *elf = judge->elf;
    if (place->count != 1) {
        mpk_find(judge, MPK_RULE_GATE, MPK_NOWHERE, 0,
                 "%zu notes say where the %s gate lies; there must be one", place->count, gate->name);
        return;
    }
    const unsigned char *bytes = mpk_elf_at(elf, place->vaddr, gate->size);
    const Elf64_Phdr *load = mpk_elf_load_of(elf, place->vaddr, gate->size);
    if (place->size != gate->size || bytes == NULL || load == NULL || (load->p_flags & PF_W) != 0)
        mpk_find(judge, MPK_RULE_GATE, place->vaddr, 0,
                 "the %s gate (address %#" PRIx64 ", %" PRIu64 " bytes) is not the %" PRIu32
                 " bytes of this build's, in a PT_LOAD that is not writable",
                 gate->name, place->vaddr, place->size, gate->size);
    else
        compare(judge, gate, place->vaddr, bytes);
}

void mpk_check_gates(struct mpk_judge *judge) {
    struct place places[GATES] = {0};
    mpk_elf_each_note(judge->elf, take_note, places);
    for (size_t i = 0; i < GATES; i++)
        check_gate(judge, &gates[i], &places[i]);
}
