// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the unwind tables say is code: the ranges of the FDEs in .eh_frame (Linux Standard Base, "Exception
// Frames"), walked by libdw. Compilers write one for each function, and none for tables among code.

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explain-private.h"

struct eh_frame {
    Elf_Data data;
    uint64_t vaddr;
    const unsigned char *ident;
    Dwarf_Off cie_offset; // of the CIE that encoding comes from
    unsigned encoding;
};

// A pointer in one of the encodings that linkers write; at is its offset in .eh_frame. Returns its size, or
// 0.
static size_t read_encoded(const struct eh_frame *frame, size_t at, unsigned encoding, uint64_t *value) {
    static const unsigned char sizes[16] = {
        [DW_EH_PE_absptr] = 8, [DW_EH_PE_udata2] = 2, [DW_EH_PE_udata4] = 4, [DW_EH_PE_udata8] = 8,
        [DW_EH_PE_sdata2] = 2, [DW_EH_PE_sdata4] = 4, [DW_EH_PE_sdata8] = 8};
    size_t size = sizes[encoding & 0x0f];
    if (size == 0 || at > frame->data.d_size || size > frame->data.d_size - at)
        return 0;
    *value = 0;
    memcpy(value, (const unsigned char *)frame->data.d_buf + at, size);
    if ((encoding & 0x08) != 0 && size < 8 && (*value >> (8 * size - 1)) != 0)
        *value |= UINT64_MAX << (8 * size);
    if ((encoding & 0x70) == DW_EH_PE_pcrel)
        *value += frame->vaddr + at;
    else if ((encoding & 0x70) != DW_EH_PE_absptr)
        return 0;
    return size;
}

// The encoding of the addresses in the FDEs of a CIE (augmentation "zR..."), or DW_EH_PE_omit.
static unsigned pointer_encoding(const struct eh_frame *frame, const Dwarf_CIE *cie) {
    const unsigned char *data = cie->augmentation_data;
    size_t left = cie->augmentation_data_size;
    if (cie->augmentation == NULL || cie->augmentation[0] != 'z')
        return DW_EH_PE_absptr;
    for (const char *letter = cie->augmentation + 1; *letter != '\0' && left > 0; letter++) {
        size_t used = 1;
        uint64_t personality;
        if (*letter == 'R')
            return data[0];
        if (*letter == 'P')
            used += read_encoded(frame, (size_t)(data - (const unsigned char *)frame->data.d_buf) + 1,
                                 data[0] & 0x0f, &personality);
        else if (*letter != 'L')
            used = 0; // 'S', 'B': no data
        if (used > left)
            return DW_EH_PE_omit;
        data += used;
        left -= used;
    }
    return DW_EH_PE_absptr;
}

static void add_frame(struct landmarks *marks, struct eh_frame *frame, const Dwarf_FDE *fde) {
    if (fde->CIE_pointer != frame->cie_offset) {
        Dwarf_Off next;
        Dwarf_CFI_Entry entry;
        if (dwarf_next_cfi(frame->ident, &frame->data, true, fde->CIE_pointer, &next, &entry) != 0 ||
            !dwarf_cfi_cie_p(&entry))
            return;
        frame->cie_offset = fde->CIE_pointer;
        frame->encoding = pointer_encoding(frame, &entry.cie);
    }
    size_t at = (size_t)(fde->start - (const unsigned char *)frame->data.d_buf);
    uint64_t start;
    uint64_t length;
    size_t size = read_encoded(frame, at, frame->encoding, &start);
    if (size == 0 || read_encoded(frame, at + size, frame->encoding & 0x0f, &length) == 0 || start == 0 ||
        length == 0 || start + length < start)
        return;
    if (marks->frame_count % 4096 == 0)
        marks->frames = reallocarray(marks->frames, marks->frame_count + 4096, sizeof(marks->frames[0]));
    if (marks->frames == NULL)
        _exit(1);
    marks->frames[marks->frame_count++] = (struct place_frame){start, start + length};
}

static int by_start(const void *left, const void *right) {
    const struct place_frame *a = left;
    const struct place_frame *b = right;
    return (a->start > b->start) - (a->start < b->start);
}

// By its section; or, in files without section headers, by PT_GNU_EH_FRAME, up to the end of the segment.
static bool find_eh_frame(const struct landmarks *marks, struct eh_frame *frame) {
    struct mpk_section section;
    if (mpk_elf_section(marks->elf, ".eh_frame", &section)) {
        frame->data.d_buf = (void *)(uintptr_t)section.bytes;
        frame->data.d_size = section.size;
        frame->vaddr = section.vaddr;
        return true;
    }
    size_t count;
    const Elf64_Phdr *phdr = mpk_elf_phdrs(marks->elf, &count);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *bytes = mpk_elf_at(marks->elf, phdr[i].p_vaddr, 8);
        if (phdr[i].p_type != PT_GNU_EH_FRAME || bytes == NULL ||
            bytes[1] != (DW_EH_PE_pcrel | DW_EH_PE_sdata4))
            continue;
        int32_t distance;
        memcpy(&distance, bytes + 4, sizeof(distance));
        frame->vaddr = phdr[i].p_vaddr + 4 + (uint64_t)(int64_t)distance;
        size_t loads;
        const Elf64_Phdr *load = mpk_elf_loads(marks->elf, &loads);
        for (size_t n = 0; n < loads; n++) {
            if (frame->vaddr < load[n].p_vaddr || frame->vaddr - load[n].p_vaddr >= load[n].p_filesz)
                continue;
            frame->data.d_size = load[n].p_filesz - (frame->vaddr - load[n].p_vaddr);
            frame->data.d_buf = (void *)(uintptr_t)mpk_elf_at(marks->elf, frame->vaddr, frame->data.d_size);
            return frame->data.d_buf != NULL;
        }
    }
    return false;
}

void mpk_frames_collect(struct landmarks *marks) {
    struct eh_frame frame = {.data = {.d_type = ELF_T_BYTE, .d_version = EV_CURRENT},
                             .cie_offset = UINT64_MAX};
    // In a relocatable object the addresses are for the linker to fill in.
    if (marks->is_unlinked || !find_eh_frame(marks, &frame))
        return;
    size_t ident_size;
    frame.ident = (const unsigned char *)elf_getident(marks->libelf, &ident_size);
    Dwarf_Off at = 0;
    while (frame.ident != NULL && at != UINT64_MAX) {
        Dwarf_Off next = 0;
        Dwarf_CFI_Entry entry;
        int result = dwarf_next_cfi(frame.ident, &frame.data, true, at, &next, &entry);
        if (result == 0 && !dwarf_cfi_cie_p(&entry))
            add_frame(marks, &frame, &entry.fde);
        if (result > 0 || next <= at)
            break;
        at = next;
    }
    if (marks->frame_count > 0)
        qsort(marks->frames, marks->frame_count, sizeof(marks->frames[0]), by_start);
}

size_t mpk_frame_behind(const struct landmarks *marks, uint64_t place) {
    size_t low = 0;
    size_t high = marks->frame_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (marks->frames[middle].start <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct place_frame *mpk_frame_at(const struct landmarks *marks, uint64_t place) {
    size_t behind = mpk_frame_behind(marks, place);
    return behind > 0 && place < marks->frames[behind - 1].end ? &marks->frames[behind - 1] : NULL;
}
