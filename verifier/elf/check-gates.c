// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Whether libmpkgate.so holds the gates of this build, byte for byte (A4). They are data in it, with rdpkru
// where the seal puts wrpkru; a note names their place, so that a stripped library has it too.

#include <inttypes.h>
#include <string.h>

#include "elf-private.h"
#include "mpkgate-abi.h"

struct gate_entry {
    const char *name;
    uint32_t offset; // bytes from the first gate's start
};
#include "gate-bytes.h"

struct place {
    uint64_t vaddr;
    uint64_t size;
    size_t count; // notes that name a place
};

static void take_note(void *context, const struct mpk_note *note) {
    struct place *place = context;
    struct mpkgate_note_gates gates;
    if (note->type != MPKGATE_NOTE_GATES || note->size != sizeof(gates))
        return;
    memcpy(&gates, note->descriptor, sizeof(gates));
    place->vaddr = note->vaddr + (uint64_t)(int64_t)gates.code;
    place->size = gates.size;
    place->count++;
}

bool mpk_elf_has_gates(const struct mpk_elf *elf) {
    struct place place = {0};
    mpk_elf_each_note(elf, take_note, &place);
    return place.count > 0;
}

// The entry that the byte at an offset belongs to: the last one that begins before it.
static const struct gate_entry *entry_of(uint32_t offset) {
    const struct gate_entry *found = &gate_entries[0];
    for (size_t i = 0; i < sizeof(gate_entries) / sizeof(gate_entries[0]); i++) {
        if (gate_entries[i].offset <= offset && gate_entries[i].offset >= found->offset)
            found = &gate_entries[i];
    }
    return found;
}

static void compare(struct mpk_judge *judge, uint64_t vaddr, const unsigned char *bytes) {
    uint32_t first = 0;
    uint32_t count = 0;
    for (uint32_t i = sizeof(gate_bytes); i > 0; i--) {
        if (bytes[i - 1] != gate_bytes[i - 1]) {
            first = i - 1;
            count++;
        }
    }
    if (count == 0)
        return;
    const struct gate_entry *entry = entry_of(first);
    mpk_find(judge, MPK_RULE_GATE, vaddr + first, 1,
             "the gates differ from this build's in %" PRIu32
             " bytes; the first is %02x, not %02x, at gate %s+%#" PRIx32 " (offset %#" PRIx32
             " of the gates)",
             count, bytes[first], gate_bytes[first], entry->name, first - entry->offset, first);
}

void mpk_check_gates(struct mpk_judge *judge) {
    const struct mpk_elf *elf = judge->elf;
    struct place place = {0};
    mpk_elf_each_note(elf, take_note, &place);
    if (place.count != 1) {
        mpk_find(judge, MPK_RULE_GATE, MPK_NOWHERE, 0, "%zu notes say where the gates lie; there must be one",
                 place.count);
        return;
    }
    const unsigned char *bytes = mpk_elf_at(elf, place.vaddr, sizeof(gate_bytes));
    const Elf64_Phdr *load = mpk_elf_load_of(elf, place.vaddr, sizeof(gate_bytes));
    if (place.size != sizeof(gate_bytes) || bytes == NULL || load == NULL || (load->p_flags & PF_W) != 0)
        mpk_find(judge, MPK_RULE_GATE, place.vaddr, 0,
                 "the gates (address %#" PRIx64 ", %" PRIu64
                 " bytes) are not the %zu bytes of this build's, in a PT_LOAD that is not writable",
                 place.vaddr, place.size, sizeof(gate_bytes));
    else
        compare(judge, place.vaddr, bytes);
}
