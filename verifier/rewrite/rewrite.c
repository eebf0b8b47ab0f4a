// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Goes through the patterns of one object, one after the other, lays out the new file, and scans that.

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "elf-private.h"
#include "rewrite-private.h"

#define ADDRESS_END ((uint64_t)1 << 47)
// Of one file. The largest libraries have some hundreds.
#define HITS_MAX 16384u

const char *mpk_rewrite_how_name(enum mpk_rewrite_how how) {
    static const char *const names[MPK_REWRITE_HOWS] = {
        [MPK_REWRITE_LEFT] = "left",       [MPK_REWRITE_REENCODED] = "re-encoded",
        [MPK_REWRITE_THUNK] = "thunk",     [MPK_REWRITE_MOVED] = "moved",
        [MPK_REWRITE_SPLIT] = "split",     [MPK_REWRITE_DATA_PAGE] = "data-page",
        [MPK_REWRITE_PADDING] = "padding", [MPK_REWRITE_PAGE_COPY] = "page-copy",
        [MPK_REWRITE_TRAP] = "trap",       [MPK_REWRITE_EPERM] = "eperm",
        [MPK_REWRITE_BESIDE] = "beside",   [MPK_REWRITE_BOUND] = "bound",
    };
    return (unsigned)how < MPK_REWRITE_HOWS ? names[how] : "left";
}

static bool fail(struct mpk_elf_error *error, enum mpk_elf_status status, const char *text) {
    *error = (struct mpk_elf_error){.status = status};
    snprintf(error->text, sizeof(error->text), "%s", text);
    return false;
}

// --- Before ------------------------------------------------------------------------------------------------

// What the rest takes for granted. ld.so wants it too, or nearly.
static bool check_loads(struct rewrite *rw, struct mpk_elf_error *error) {
    uint64_t end = 0;
    for (size_t i = 0; i < rw->load_count; i++) {
        const Elf64_Phdr *load = &rw->loads[i];
        if (load->p_vaddr >= ADDRESS_END || load->p_memsz >= ADDRESS_END || load->p_filesz > load->p_memsz)
            return fail(error, MPK_ELF_MALFORMED,
                        "has a PT_LOAD that fits into no address space, or has more bytes in the file than "
                        "in memory");
        if (page_down(load->p_vaddr) < end)
            return fail(error, MPK_ELF_MALFORMED, "has PT_LOADs that do not ascend, or share a page");
        for (size_t n = 0; n < i; n++) {
            if (load->p_offset < rw->loads[n].p_offset + rw->loads[n].p_filesz &&
                rw->loads[n].p_offset < load->p_offset + load->p_filesz)
                return fail(error, MPK_ELF_MALFORMED, "has bytes that two PT_LOADs map");
        }
        end = page_up(load->p_vaddr + load->p_memsz);
    }
    rw->area_vaddr = end;
    if (end + 2 * AREA_MAX >= ADDRESS_END)
        return fail(error, MPK_ELF_MALFORMED, "leaves no addresses for code behind it");
    return true;
}

static bool allocate(struct rewrite *rw) {
    const unsigned char *file = mpk_elf_file(rw->elf, &rw->file_size);
    rw->file = malloc(rw->file_size);
    rw->area = malloc(AREA_MAX);
    rw->maps = calloc(rw->load_count, sizeof(rw->maps[0]));
    if (rw->file == NULL || rw->area == NULL || rw->maps == NULL)
        return false;
    mpk_elf_use_large_pages(rw->file, rw->file_size);
    memcpy(rw->file, file, rw->file_size);
    return true;
}

struct hits {
    struct rewrite *rw;
    bool no_memory;
};

static bool take_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct hits *hits = context;
    struct mpk_rewrite_site *site = rewrite_add_site(hits->rw);
    if (hits->rw->result->count > HITS_MAX)
        return false;
    if (site == NULL) {
        hits->no_memory = true;
        return false;
    }
    struct mpk_finding *finding = &site->finding;
    finding->rule = pattern == MPK_PATTERN_WRPKRU ? MPK_RULE_WRPKRU : MPK_RULE_XRSTOR;
    finding->severity = MPK_ERROR;
    finding->vaddr = address;
    finding->size = 3;
    // At the edge of a segment it has an offset in no PT_LOAD.
    for (size_t i = 0; i < hits->rw->load_count; i++) {
        const Elf64_Phdr *load = &hits->rw->loads[i];
        if (address >= page_down(load->p_vaddr) && address < page_up(load->p_vaddr + load->p_filesz))
            finding->offset = load->p_offset + (address - load->p_vaddr);
    }
    const unsigned char *bytes = hits->rw->file + finding->offset;
    if (pattern == MPK_PATTERN_WRPKRU && finding->offset < hits->rw->file_size && bytes[0] == 0xd5)
        finding->size = 4;
    snprintf(finding->text, sizeof(finding->text), "%s%s",
             pattern == MPK_PATTERN_WRPKRU ? "WRPKRU" : "XRSTOR", finding->size == 4 ? " behind REX2" : "");
    return true;
}

static bool find_hits(struct rewrite *rw) {
    struct hits hits = {.rw = rw};
    struct mpk_scan scan;
    mpk_scan_begin(&scan, take_hit, &hits);
    mpk_elf_scan(rw->elf, &scan);
    rw->result->before = rw->result->count;
    return !hits.no_memory;
}

// --- One after the other -----------------------------------------------------------------------------------

static bool is_code(const struct rewrite *rw, uint64_t vaddr) {
    const struct place_section *section = mpk_section_at(&rw->marks, vaddr);
    return section != NULL && section->is_code;
}

static bool note_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    *(bool *)context = true;
    return false;
}

// The change for another pattern may have taken this one out; the same bytes may be mapped twice.
static bool is_gone(const struct rewrite *rw, const struct mpk_finding *finding) {
    bool found = false;
    struct mpk_scan scan;
    if (finding->offset >= rw->file_size || rw->file_size - finding->offset < finding->size)
        return false;
    mpk_scan_begin(&scan, note_hit, &found);
    mpk_scan_feed(&scan, rw->file + finding->offset, finding->size, finding->vaddr);
    return !found;
}

static void rewrite_site(struct rewrite *rw, struct mpk_rewrite_site *site) {
    const struct mpk_finding *finding = &site->finding;
    struct explaining state = {.marks = &rw->marks, .finding = finding, .out = &site->explanation};
    mpk_explain_finding(&state);
    if (is_gone(rw, finding)) {
        rewrite_tell(site, MPK_REWRITE_BESIDE, "gone with the change for the one before it");
        return;
    }
    bool code = is_code(rw, finding->vaddr) || is_code(rw, finding->vaddr + finding->size - 1);
    if (code)
        rewrite_code_hit(rw, site, finding->vaddr);
    if (!code || (site->how == MPK_REWRITE_LEFT && rewrite_is_at_edge(rw, site)))
        rewrite_page_hit(rw, site);
}

// --- After -------------------------------------------------------------------------------------------------

static bool count_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct mpk_rewritten *result = context;
    (void)pattern;
    (void)address;
    result->after++;
    return true;
}

// By the same reader and scanner as any file.
static bool scan_result(const struct rewrite *rw, struct mpk_elf_error *error) {
    struct mpk_rewritten *result = rw->result;
    struct mpk_elf *elf = mpk_elf_open_bytes(result->file, result->size, mpk_elf_name(rw->elf), error);
    if (elf == NULL)
        return false;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, count_hit, result);
    mpk_elf_scan(elf, &scan);
    mpk_elf_close(elf);
    return true;
}

static bool is_changed(const struct rewrite *rw) {
    for (size_t i = 0; i < rw->result->count; i++) {
        if (rw->result->sites[i].how != MPK_REWRITE_LEFT)
            return true;
    }
    return false;
}

static bool finish(struct rewrite *rw, struct mpk_elf_error *error) {
    if (is_changed(rw)) {
        if (!rewrite_layout(rw, error))
            return false;
    } else {
        rw->result->file = rw->file;
        rw->result->size = rw->file_size;
        rw->file = NULL;
    }
    return scan_result(rw, error);
}

static bool has_text_relocations(const struct mpk_elf *elf) {
    uint64_t value = 0;
    return mpk_elf_dynamic_value(elf, DT_TEXTREL, &value) ||
           (mpk_elf_dynamic_value(elf, DT_FLAGS, &value) && (value & DF_TEXTREL) != 0);
}

static bool run(struct rewrite *rw, struct mpk_elf_error *error) {
    if (!check_loads(rw, error))
        return false;
    if (!allocate(rw) || !find_hits(rw))
        return fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    if (rw->result->before > HITS_MAX)
        return fail(error, MPK_ELF_MALFORMED, "has more patterns than any program that compilers make");
    if (mpk_landmarks_open(&rw->marks, rw->elf))
        mpk_landmarks_collect(&rw->marks);
    if (!rewrite_find_go(rw))
        return fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    rw->has_text_relocations = has_text_relocations(rw->elf);
    for (size_t i = 0; i < rw->result->before; i++)
        rewrite_site(rw, &rw->result->sites[i]);
    if (!rewrite_imports(rw))
        return fail(error, MPK_ELF_NO_MEMORY, "does not fit into memory");
    return rewrite_bind(rw, error) && finish(rw, error);
}

bool mpk_rewrite(const struct mpk_elf *elf, const struct mpk_rewrite_wish *wish, struct mpk_rewritten *result,
                 struct mpk_elf_error *error) {
    struct rewrite rw = {.elf = elf, .wish = wish, .result = result};
    *result = (struct mpk_rewritten){.file = NULL};
    rw.loads = mpk_elf_loads(elf, &rw.load_count);
    bool ok = run(&rw, error);
    for (size_t i = 0; rw.maps != NULL && i < rw.load_count; i++)
        free(rw.maps[i].code);
    free(rw.maps);
    free(rw.runs);
    free(rw.pieces);
    free(rw.rows);
    free(rw.binding.entries);
    free(rw.binding.strings);
    free(rw.area);
    free(rw.file);
    free(rw.marks.sections);
    free(rw.marks.symbols);
    free(rw.marks.frames);
    if (rw.marks.libelf != NULL)
        elf_end(rw.marks.libelf);
    if (!ok)
        mpk_rewritten_free(result);
    return ok;
}

void mpk_rewritten_free(struct mpk_rewritten *result) {
    free(result->file);
    free(result->sites);
    *result = (struct mpk_rewritten){.file = NULL};
}
