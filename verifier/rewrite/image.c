// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The bytes that are being changed. Each change is looked at by the scanner before it stays.

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rewrite-private.h"

static bool in_area(const struct rewrite *rw, uint64_t vaddr) {
    return vaddr >= rw->area_vaddr && vaddr - rw->area_vaddr < rw->area_ready;
}

// What lies around an address: from *start on, until *end.
static unsigned char *region(struct rewrite *rw, uint64_t vaddr, uint64_t *start, uint64_t *end) {
    if (in_area(rw, vaddr)) {
        *start = rw->area_vaddr;
        *end = rw->area_vaddr + rw->area_ready;
        return rw->area;
    }
    for (size_t i = 0; i < rw->load_count; i++) {
        const Elf64_Phdr *load = &rw->loads[i];
        if ((load->p_flags & (PF_X | PF_W)) != PF_X || vaddr < load->p_vaddr ||
            vaddr - load->p_vaddr >= load->p_filesz)
            continue;
        *start = load->p_vaddr;
        *end = load->p_vaddr + load->p_filesz;
        return rw->file + load->p_offset;
    }
    return NULL;
}

unsigned char *rewrite_bytes(struct rewrite *rw, uint64_t vaddr, uint64_t size) {
    uint64_t start;
    uint64_t end;
    unsigned char *bytes = region(rw, vaddr, &start, &end);
    return bytes != NULL && size <= end - vaddr ? bytes + (vaddr - start) : NULL;
}

struct window {
    uint64_t start;
    uint64_t end;
    bool dirty;
};

static bool look(void *context, enum mpk_pattern pattern, uint64_t address) {
    struct window *window = context;
    // A pattern behind a REX2 prefix has four bytes; the others' fourth one is none of the pattern.
    uint64_t size = pattern == MPK_PATTERN_WRPKRU ? REACH + 1 : REACH;
    window->dirty = window->dirty || (address < window->end && address + size > window->start);
    return true;
}

bool rewrite_is_clean(struct rewrite *rw, uint64_t vaddr, uint64_t size) {
    uint64_t start;
    uint64_t end;
    const unsigned char *bytes = region(rw, vaddr, &start, &end);
    if (bytes == NULL || size > end - vaddr)
        return false;
    uint64_t from = vaddr - start > REACH ? vaddr - REACH : start;
    uint64_t to = end - (vaddr + size) > REACH ? vaddr + size + REACH : end;
    struct window window = {vaddr, vaddr + size, false};
    struct mpk_scan scan;
    mpk_scan_begin(&scan, look, &window);
    mpk_scan_feed(&scan, bytes + (from - start), to - from, from);
    return !window.dirty;
}

bool rewrite_put(struct rewrite *rw, uint64_t vaddr, const unsigned char *bytes, size_t size) {
    unsigned char old[256];
    unsigned char *at = rewrite_bytes(rw, vaddr, size);
    if (at == NULL || size > sizeof(old))
        return false;
    memcpy(old, at, size);
    memcpy(at, bytes, size);
    if (rewrite_is_clean(rw, vaddr, size))
        return true;
    memcpy(at, old, size);
    return false;
}

struct mpk_rewrite_site *rewrite_add_site(struct rewrite *rw) {
    struct mpk_rewritten *result = rw->result;
    if (result->count == rw->site_capacity) {
        size_t capacity = rw->site_capacity > 0 ? 2 * rw->site_capacity : 64;
        void *grown = reallocarray(result->sites, capacity, sizeof(result->sites[0]));
        if (grown == NULL)
            return NULL;
        result->sites = grown;
        rw->site_capacity = capacity;
    }
    struct mpk_rewrite_site *site = &result->sites[result->count++];
    memset(site, 0, sizeof(*site));
    return site;
}

void rewrite_tell(struct mpk_rewrite_site *site, enum mpk_rewrite_how how, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(site->text, sizeof(site->text), format, arguments);
    va_end(arguments);
    site->how = how;
}
