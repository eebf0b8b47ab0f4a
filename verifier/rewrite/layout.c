// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The new file: the old one with its changed bytes, and behind it whatever is new. In this order: the area,
// unwind tables, strings and the dynamic section (if they have become longer), copies of pages, a program
// header table (if the old place has no room for the longer one), and, mapped by nothing, a note with the old
// build-id, section names and section headers. Nothing that was there moves.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf-private.h"
#include "mpkgate-abi.h"
#include "rewrite-private.h"

#define AREA_SECTION ".mpkgate.text"
#define FRAMES_SECTION ".mpkgate.eh_frame"
#define DEBUG_SECTION ".debug_frame"
#define NOTE_SECTION ".note.mpkgate.rewrite"
#define NEW_SECTIONS 4u
// Descriptor: the build-id that the file had.
#define NOTE_TYPE 0x52

// The largest memory image of a program, its bss included, that the file is filled up to.
#define PROGRAM_MAX ((uint64_t)256 << 20)

struct layout {
    struct rewrite *rw;
    bool keeps_distance;
    unsigned char *out;
    size_t size;
    Elf64_Ehdr header;
    Elf64_Phdr phdrs[MPK_PHDR_MAX];
    size_t phdr_count;
    uint64_t area_offset;
    Elf64_Phdr strings; // a PT_LOAD, or 0
    Elf64_Phdr dynamic; // the same
    Elf64_Phdr frames;  // the same
    struct unwind unwind;
    uint64_t next_vaddr; // of the next segment behind all others
    bool full;           // too many program headers
};

// --- Bytes at the end --------------------------------------------------------------------------------------

static void append(struct layout *layout, const void *bytes, size_t size) {
    memcpy(layout->out + layout->size, bytes, size);
    layout->size += size;
}

static void align_to(struct layout *layout, size_t alignment) {
    layout->size = (layout->size + alignment - 1) & ~(alignment - 1);
}

// Kernels before 5.18 tell ld.so that a program's headers lie as far from its first segment in memory as in
// the file, so there a moved table has to. Of a library, which has a DT_SONAME, only ld.so
// asks, and that looks for the segment.
static bool is_distance_kept(const struct rewrite *rw) {
    return mpk_elf_dynamic_string(rw->elf, DT_SONAME, 0) == NULL &&
           rw->area_vaddr + AREA_MAX - (rw->loads[0].p_vaddr - rw->loads[0].p_offset) <= PROGRAM_MAX;
}

// Room for all that this file appends, zeros. The old bytes are not copied: libraries are large.
static bool allocate(struct layout *layout) {
    struct rewrite *rw = layout->rw;
    struct mpk_sections sections;
    size_t headers =
        mpk_sections_read(rw->elf, &sections) ? (sections.count + NEW_SECTIONS) * sizeof(Elf64_Shdr) : 0;
    // They follow the area.
    if (!rewrite_unwind(rw, page_up(rw->area_vaddr + rw->area_used), &layout->unwind))
        return false;
    layout->keeps_distance = is_distance_kept(rw);
    size_t gap = layout->keeps_distance ? rw->area_vaddr - (rw->loads[0].p_vaddr - rw->loads[0].p_offset) : 0;
    size_t tables = layout->unwind.size + layout->unwind.debug_size + rw->binding.strings_size +
                    rw->binding.count * sizeof(Elf64_Dyn) + (size_t)4 * MPK_PAGE;
    size_t room = gap + rw->area_used + 2 * tables + (rw->run_count + 8) * MPK_PAGE + sizeof(layout->phdrs) +
                  headers + sections.names_size + 1024;
    layout->out = realloc(rw->file, rw->file_size + room);
    if (layout->out == NULL)
        return false;
    rw->file = NULL;
    memset(layout->out + rw->file_size, 0, room);
    layout->size = rw->file_size;
    memcpy(&layout->header, layout->out, sizeof(layout->header));
    return true;
}

// --- Program headers ---------------------------------------------------------------------------------------

static void add_phdr(struct layout *layout, const Elf64_Phdr *phdr) {
    layout->full = layout->full || layout->phdr_count == MPK_PHDR_MAX;
    if (!layout->full)
        layout->phdrs[layout->phdr_count++] = *phdr;
}

// The part of a PT_LOAD in [start, end), of which the last part has what lies behind the file's bytes, too.
static void add_piece(struct layout *layout, const Elf64_Phdr *load, uint64_t start, uint64_t end,
                      const struct page_run *run) {
    Elf64_Phdr piece = *load;
    uint64_t from = start > load->p_vaddr ? start : load->p_vaddr;
    uint64_t file_end = load->p_vaddr + load->p_filesz;
    uint64_t memory_end = load->p_vaddr + load->p_memsz;
    bool is_last = end >= file_end;
    if (from >= (is_last ? memory_end : end))
        return;
    piece.p_offset = load->p_offset + (from - load->p_vaddr);
    piece.p_paddr = load->p_paddr + (from - load->p_vaddr);
    piece.p_vaddr = from;
    piece.p_filesz = (is_last ? file_end : end) - from;
    piece.p_memsz = (is_last ? memory_end : end) - from;
    if (run != NULL && !run->copy)
        piece.p_flags &= ~(uint32_t)PF_X;
    if (run != NULL && run->copy) {
        align_to(layout, MPK_PAGE);
        uint64_t offset = layout->size + (from - page_down(from));
        memcpy(layout->out + offset, layout->out + piece.p_offset, piece.p_filesz);
        layout->size += MPK_PAGE;
        piece.p_offset = offset;
        piece.p_align = MPK_PAGE;
    }
    add_phdr(layout, &piece);
}

static void add_load(struct layout *layout, size_t index) {
    const struct rewrite *rw = layout->rw;
    const Elf64_Phdr *load = &rw->loads[index];
    uint64_t at = page_down(load->p_vaddr);
    for (size_t i = 0; i < rw->run_count; i++) {
        const struct page_run *run = &rw->runs[i];
        if (run->load != index)
            continue;
        if (run->start > at)
            add_piece(layout, load, at, run->start, NULL);
        add_piece(layout, load, run->start, run->end, run);
        at = run->end;
    }
    uint64_t end = page_up(load->p_vaddr + load->p_filesz);
    if (at < end || at == page_down(load->p_vaddr))
        add_piece(layout, load, at, UINT64_MAX, NULL);
}

static void add_area(struct layout *layout) {
    const struct rewrite *rw = layout->rw;
    if (rw->area_used == 0)
        return;
    align_to(layout, MPK_PAGE);
    layout->area_offset = layout->size;
    append(layout, rw->area, rw->area_used);
    align_to(layout, MPK_PAGE);
    layout->next_vaddr = page_up(rw->area_vaddr + rw->area_used);
}

static void add_area_phdr(struct layout *layout) {
    const struct rewrite *rw = layout->rw;
    Elf64_Phdr phdr = {.p_type = PT_LOAD,
                       .p_flags = PF_R | PF_X,
                       .p_offset = layout->area_offset,
                       .p_vaddr = rw->area_vaddr,
                       .p_paddr = rw->area_vaddr,
                       .p_filesz = rw->area_used,
                       .p_memsz = rw->area_used,
                       .p_align = MPK_PAGE};
    if (rw->area_used != 0)
        add_phdr(layout, &phdr);
}

// --- The dynamic section -----------------------------------------------------------------------------------

// Appends pages that are mapped behind all others. A page is left out between them and the next: of
// neighbours with the same rights that go on in the file the kernel makes one mapping, which is none that the
// seal knows.
static void append_segment(struct layout *layout, const void *bytes, size_t size, uint32_t flags,
                           Elf64_Phdr *phdr) {
    align_to(layout, MPK_PAGE);
    *phdr = (Elf64_Phdr){.p_type = PT_LOAD,
                         .p_flags = flags,
                         .p_offset = layout->size,
                         .p_vaddr = layout->next_vaddr,
                         .p_paddr = layout->next_vaddr,
                         .p_filesz = size,
                         .p_memsz = size,
                         .p_align = MPK_PAGE};
    append(layout, bytes, size);
    align_to(layout, MPK_PAGE);
    layout->next_vaddr = page_up(layout->next_vaddr + size) + MPK_PAGE;
}

static void name_strings(const struct layout *layout) {
    const struct binding *binding = &layout->rw->binding;
    for (size_t i = 0; i < binding->count; i++) {
        if (binding->entries[i].d_tag == DT_STRTAB)
            binding->entries[i].d_un.d_ptr = layout->strings.p_vaddr;
        if (binding->entries[i].d_tag == DT_STRSZ)
            binding->entries[i].d_un.d_val = binding->strings_size;
    }
}

// Writable where it moves, as ld.so writes the address of its own structure for debuggers to DT_DEBUG.
static void add_dynamic(struct layout *layout) {
    const struct rewrite *rw = layout->rw;
    const struct binding *binding = &rw->binding;
    size_t size = binding->count * sizeof(Elf64_Dyn);
    if (binding->entries == NULL)
        return;
    if (binding->strings != NULL) {
        layout->next_vaddr += MPK_PAGE;
        append_segment(layout, binding->strings, binding->strings_size, PF_R, &layout->strings);
        name_strings(layout);
    }
    if (binding->moves) {
        append_segment(layout, binding->entries, size, PF_R | PF_W, &layout->dynamic);
        return;
    }
    uint64_t offset;
    for (size_t n = 0; mpk_elf_phdr(rw->elf, PT_DYNAMIC, n) != NULL; n++) {
        if (mpk_elf_offset(rw->elf, mpk_elf_phdr(rw->elf, PT_DYNAMIC, n)->p_vaddr, &offset))
            memcpy(layout->out + offset, binding->entries, size);
    }
}

static void add_frames(struct layout *layout) {
    if (layout->unwind.size != 0)
        append_segment(layout, layout->unwind.frames, layout->unwind.size, PF_R, &layout->frames);
}

// One that is no PT_LOAD.
static void add_other(struct layout *layout, const Elf64_Phdr *phdr) {
    Elf64_Phdr other = *phdr;
    if (other.p_type == PT_DYNAMIC && layout->dynamic.p_filesz != 0) {
        other = layout->dynamic;
        other.p_type = PT_DYNAMIC;
        other.p_align = phdr->p_align;
    }
    if (other.p_type == PT_GNU_EH_FRAME && layout->frames.p_filesz != 0) {
        other = layout->frames;
        other.p_type = PT_GNU_EH_FRAME;
        other.p_filesz = layout->unwind.header_size;
        other.p_memsz = other.p_filesz;
        other.p_align = phdr->p_align;
    }
    add_phdr(layout, &other);
}

static void add_table_phdrs(struct layout *layout) {
    if (layout->frames.p_filesz != 0)
        add_phdr(layout, &layout->frames);
    if (layout->strings.p_filesz != 0)
        add_phdr(layout, &layout->strings);
    if (layout->dynamic.p_filesz != 0)
        add_phdr(layout, &layout->dynamic);
}

static bool is_table_of(const struct layout *layout, int64_t tag, const Elf64_Shdr *section) {
    uint64_t vaddr;
    return mpk_elf_dynamic_value(layout->rw->elf, tag, &vaddr) && section->sh_addr == vaddr;
}

static void adjust_table(const struct layout *layout, unsigned char *header) {
    Elf64_Shdr section;
    memcpy(&section, header, sizeof(section));
    const Elf64_Phdr *place = NULL;
    if (section.sh_type == SHT_STRTAB && is_table_of(layout, DT_STRTAB, &section))
        place = &layout->strings;
    if (section.sh_type == SHT_DYNAMIC)
        place = &layout->dynamic;
    const Elf64_Phdr *frames = mpk_elf_phdr(layout->rw->elf, PT_GNU_EH_FRAME, 0);
    if (section.sh_type != SHT_NOBITS && frames != NULL && section.sh_addr == frames->p_vaddr)
        place = &layout->frames;
    if (place == NULL || place->p_filesz == 0)
        return;
    section.sh_addr = place->p_vaddr;
    section.sh_offset = place->p_offset;
    section.sh_size = place == &layout->frames ? layout->unwind.header_size : place->p_filesz;
    memcpy(header, &section, sizeof(section));
}

// --- The table of program headers --------------------------------------------------------------------------

// Whether a longer table has room where the old one is: no section, no segment but PT_LOADs has a byte there,
// the same PT_LOAD maps it, and all of it is zero.
static bool has_room(const struct layout *layout, size_t count) {
    const struct rewrite *rw = layout->rw;
    uint64_t start = layout->header.e_phoff + (uint64_t)layout->header.e_phnum * sizeof(Elf64_Phdr);
    uint64_t end = layout->header.e_phoff + count * sizeof(Elf64_Phdr);
    size_t phdr_count;
    const Elf64_Phdr *phdr = mpk_elf_phdrs(rw->elf, &phdr_count);
    bool mapped = false;
    for (size_t i = 0; i < phdr_count; i++) {
        uint64_t phdr_end = phdr[i].p_offset + phdr[i].p_filesz;
        if (phdr[i].p_type == PT_LOAD)
            mapped = mapped || (phdr[i].p_offset <= layout->header.e_phoff && end <= phdr_end);
        else if (phdr[i].p_type != PT_PHDR && phdr[i].p_offset < end && phdr_end > start)
            return false;
    }
    for (size_t i = 0; i < rw->marks.section_count; i++) {
        const struct place_section *section = &rw->marks.sections[i];
        if (section->offset < end && section->offset + section->size > start)
            return false;
    }
    for (uint64_t at = start; at < end; at++) {
        if (at >= rw->file_size || layout->out[at] != 0)
            return false;
    }
    return mapped && rw->marks.section_count > 0 && end > start;
}

static void write_table(struct layout *layout, uint64_t offset, uint64_t vaddr) {
    uint64_t size = layout->phdr_count * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < layout->phdr_count; i++) {
        Elf64_Phdr *phdr = &layout->phdrs[i];
        if (phdr->p_type != PT_PHDR)
            continue;
        phdr->p_offset = offset;
        phdr->p_vaddr = vaddr;
        phdr->p_paddr = vaddr;
        phdr->p_filesz = size;
        phdr->p_memsz = size;
    }
    memcpy(layout->out + offset, layout->phdrs, size);
    layout->header.e_phoff = offset;
    layout->header.e_phnum = (uint16_t)layout->phdr_count;
}

// Behind the last PT_LOAD, so that they still ascend.
static void add_table_phdr(struct layout *layout, size_t at) {
    Elf64_Phdr phdr = {.p_type = PT_LOAD, .p_flags = PF_R, .p_align = MPK_PAGE};
    align_to(layout, MPK_PAGE);
    phdr.p_vaddr = layout->next_vaddr;
    if (layout->keeps_distance) {
        const Elf64_Phdr *first = &layout->rw->loads[0];
        uint64_t distance = first->p_vaddr - first->p_offset;
        layout->size = phdr.p_vaddr - distance > layout->size ? phdr.p_vaddr - distance : layout->size;
        phdr.p_vaddr = layout->size + distance;
    }
    phdr.p_offset = layout->size;
    phdr.p_paddr = phdr.p_vaddr;
    phdr.p_filesz = (layout->phdr_count + 1) * sizeof(Elf64_Phdr);
    phdr.p_memsz = phdr.p_filesz;
    if (layout->phdr_count == MPK_PHDR_MAX) {
        layout->full = true;
        return;
    }
    memmove(&layout->phdrs[at + 1], &layout->phdrs[at], (layout->phdr_count - at) * sizeof(phdr));
    layout->phdrs[at] = phdr;
    layout->phdr_count++;
    layout->size += phdr.p_filesz;
    write_table(layout, phdr.p_offset, phdr.p_vaddr);
}

static bool lay_out_segments(struct layout *layout, struct mpk_elf_error *error) {
    const struct rewrite *rw = layout->rw;
    size_t count;
    const Elf64_Phdr *phdr = mpk_elf_phdrs(rw->elf, &count);
    size_t loads = 0;
    size_t behind_loads = 0;
    layout->next_vaddr = rw->area_vaddr;
    add_area(layout);
    add_frames(layout);
    add_dynamic(layout);
    if (rw->area_used == 0 && rw->run_count == 0 && layout->next_vaddr == rw->area_vaddr)
        return true;
    for (size_t i = 0; i < count; i++) {
        if (phdr[i].p_type != PT_LOAD) {
            add_other(layout, &phdr[i]);
            continue;
        }
        add_load(layout, loads++);
        if (loads == rw->load_count) {
            add_area_phdr(layout);
            add_table_phdrs(layout);
            behind_loads = layout->phdr_count;
        }
    }
    uint64_t old_vaddr = 0;
    for (size_t i = 0; i < rw->load_count; i++) {
        const Elf64_Phdr *load = &rw->loads[i];
        if (layout->header.e_phoff >= load->p_offset &&
            layout->header.e_phoff - load->p_offset < load->p_filesz)
            old_vaddr = load->p_vaddr + (layout->header.e_phoff - load->p_offset);
    }
    if (!layout->full && (layout->phdr_count == count || has_room(layout, layout->phdr_count)))
        write_table(layout, layout->header.e_phoff, old_vaddr);
    else if (!layout->full)
        add_table_phdr(layout, behind_loads);
    if (layout->full)
        snprintf(error->text, sizeof(error->text), "would need more than %d program headers", MPK_PHDR_MAX);
    return !layout->full;
}

// --- Section headers, which only people and their tools read
// -------------------------------------------------

static void append_note(struct layout *layout, const unsigned char *id, size_t size) {
    Elf64_Nhdr note = {
        .n_namesz = sizeof(MPKGATE_NOTE_NAME), .n_descsz = (uint32_t)size, .n_type = NOTE_TYPE};
    append(layout, &note, sizeof(note));
    append(layout, MPKGATE_NOTE_NAME, sizeof(MPKGATE_NOTE_NAME));
    append(layout, id, size);
}

static uint32_t append_name(struct layout *layout, uint64_t start, const char *name) {
    uint32_t at = (uint32_t)(layout->size - start);
    append(layout, name, strlen(name) + 1);
    return at;
}

// Sections of pages that are mapped from copies have moved with them.
static void adjust_section(const struct layout *layout, unsigned char *header) {
    Elf64_Shdr section;
    memcpy(&section, header, sizeof(section));
    for (size_t i = 0; i < layout->phdr_count; i++) {
        const Elf64_Phdr *load = &layout->phdrs[i];
        if (load->p_type != PT_LOAD || section.sh_type == SHT_NOBITS || (section.sh_flags & SHF_ALLOC) == 0 ||
            section.sh_addr < load->p_vaddr || section.sh_addr - load->p_vaddr >= load->p_filesz ||
            section.sh_size > load->p_filesz - (section.sh_addr - load->p_vaddr))
            continue;
        section.sh_offset = load->p_offset + (section.sh_addr - load->p_vaddr);
        memcpy(header, &section, sizeof(section));
    }
}

// Where the frames begin, behind the table that is searched.
static uint64_t frames_at(const struct layout *layout) {
    return layout->frames.p_filesz != 0 ? (layout->unwind.header_size + 7) & ~(uint64_t)7 : 0;
}

// For gdb, which reads one .eh_frame of a file and one .debug_frame. Mapped by nothing.
static Elf64_Shdr append_debug_frames(struct layout *layout) {
    Elf64_Shdr debug = {.sh_type = SHT_PROGBITS, .sh_addralign = 8};
    struct mpk_section old;
    if (layout->frames.p_filesz == 0 || mpk_elf_section(layout->rw->elf, DEBUG_SECTION, &old))
        return debug;
    align_to(layout, 8);
    debug.sh_offset = layout->size;
    debug.sh_size = layout->unwind.debug_size;
    append(layout, layout->unwind.debug, layout->unwind.debug_size);
    return debug;
}

static void lay_out_sections(struct layout *layout, uint64_t id_offset, size_t id_size) {
    const struct rewrite *rw = layout->rw;
    struct mpk_sections sections;
    uint16_t names_index = layout->header.e_shstrndx;
    if (!mpk_sections_read(rw->elf, &sections) || sections.count == 0 || sections.names == NULL ||
        layout->header.e_shnum != sections.count || names_index >= sections.count ||
        sections.count + NEW_SECTIONS >= SHN_LORESERVE)
        return;
    align_to(layout, 4);
    Elf64_Shdr note = {.sh_type = SHT_NOTE, .sh_offset = layout->size, .sh_addralign = 4};
    if (id_size > 0)
        append_note(layout, layout->out + id_offset, id_size);
    note.sh_size = layout->size - note.sh_offset;
    Elf64_Shdr area = {.sh_type = SHT_PROGBITS,
                       .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                       .sh_addr = rw->area_vaddr,
                       .sh_offset = layout->area_offset,
                       .sh_size = rw->area_used,
                       .sh_addralign = 16};
    Elf64_Shdr frames = {.sh_type = SHT_PROGBITS,
                         .sh_flags = SHF_ALLOC,
                         .sh_addr = layout->frames.p_vaddr + frames_at(layout),
                         .sh_offset = layout->frames.p_offset + frames_at(layout),
                         .sh_size = layout->frames.p_filesz - frames_at(layout),
                         .sh_addralign = 8};
    Elf64_Shdr debug = append_debug_frames(layout);
    Elf64_Shdr names = mpk_sections_get(&sections, names_index);
    names.sh_offset = layout->size;
    append(layout, sections.names, sections.names_size);
    area.sh_name = append_name(layout, names.sh_offset, AREA_SECTION);
    frames.sh_name = append_name(layout, names.sh_offset, FRAMES_SECTION);
    debug.sh_name = append_name(layout, names.sh_offset, DEBUG_SECTION);
    note.sh_name = append_name(layout, names.sh_offset, NOTE_SECTION);
    names.sh_size = layout->size - names.sh_offset;
    align_to(layout, 8);
    uint64_t table = layout->size;
    append(layout, sections.table, sections.count * sizeof(Elf64_Shdr));
    memcpy(layout->out + table + names_index * sizeof(names), &names, sizeof(names));
    for (size_t i = 1; i < sections.count; i++) {
        adjust_table(layout, layout->out + table + i * sizeof(Elf64_Shdr));
        adjust_section(layout, layout->out + table + i * sizeof(Elf64_Shdr));
    }
    if (rw->area_used > 0)
        append(layout, &area, sizeof(area));
    if (layout->frames.p_filesz != 0)
        append(layout, &frames, sizeof(frames));
    if (debug.sh_size != 0)
        append(layout, &debug, sizeof(debug));
    if (id_size > 0)
        append(layout, &note, sizeof(note));
    layout->header.e_shoff = table;
    layout->header.e_shnum = (uint16_t)((layout->size - table) / sizeof(Elf64_Shdr));
}

bool rewrite_layout(struct rewrite *rw, struct mpk_elf_error *error) {
    struct layout layout = {.rw = rw};
    uint64_t id_offset = 0;
    size_t id_size = rewrite_find_build_id(rw, &id_offset);
    *error = (struct mpk_elf_error){.status = MPK_ELF_NO_MEMORY};
    snprintf(error->text, sizeof(error->text), "does not fit into memory");
    bool ok = allocate(&layout);
    if (ok) {
        error->status = MPK_ELF_MALFORMED;
        ok = lay_out_segments(&layout, error);
    }
    if (ok)
        lay_out_sections(&layout, id_offset, id_size);
    free(layout.unwind.frames);
    free(layout.unwind.debug);
    if (!ok) {
        free(layout.out);
        return false;
    }
    memcpy(layout.out, &layout.header, sizeof(layout.header));
    rw->result->file = layout.out;
    rw->result->size = layout.size;
    rewrite_stamp(rw, id_offset, id_size);
    *error = (struct mpk_elf_error){.status = MPK_ELF_OK};
    return true;
}
