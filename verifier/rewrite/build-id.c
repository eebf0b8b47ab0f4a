// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The build-id: a changed file must not pass for the one it was made of, to a debugger or to a cache.

#include <mbedtls/sha256.h>
#include <stdio.h>
#include <string.h>

#include "elf-private.h"
#include "rewrite-private.h"

#define DIGEST 32u
#define TRIES 16u // until the build-id makes no pattern

static size_t find_in_segment(const struct rewrite *rw, const Elf64_Phdr *phdr, uint64_t *offset) {
    static const char name[] = "GNU";
    if (phdr->p_offset > rw->file_size || phdr->p_filesz > rw->file_size - phdr->p_offset)
        return 0;
    uint64_t at = 0;
    while (phdr->p_filesz - at >= sizeof(Elf64_Nhdr) + sizeof(name)) {
        Elf64_Nhdr note;
        memcpy(&note, rw->file + phdr->p_offset + at, sizeof(note));
        uint64_t alignment = phdr->p_align == 8 ? 8 : 4;
        uint64_t descriptor =
            at + ((sizeof(note) + (uint64_t)note.n_namesz + alignment - 1) & ~(alignment - 1));
        uint64_t end = descriptor + note.n_descsz;
        if (end > phdr->p_filesz)
            return 0;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == sizeof(name) && note.n_descsz > 0 &&
            note.n_descsz <= MPK_BUILD_ID_MAX &&
            memcmp(rw->file + phdr->p_offset + at + sizeof(note), name, sizeof(name)) == 0) {
            *offset = phdr->p_offset + descriptor;
            return note.n_descsz;
        }
        uint64_t next = (end + alignment - 1) & ~(alignment - 1);
        if (next >= phdr->p_filesz)
            return 0;
        at = next;
    }
    return 0;
}

size_t rewrite_find_build_id(const struct rewrite *rw, uint64_t *offset) {
    for (size_t n = 0;; n++) {
        const Elf64_Phdr *phdr = mpk_elf_phdr(rw->elf, PT_NOTE, n);
        if (phdr == NULL)
            return 0;
        size_t size = find_in_segment(rw, phdr, offset);
        if (size > 0)
            return size;
    }
}

size_t mpk_elf_build_id(const struct mpk_elf *elf, unsigned char id[MPK_BUILD_ID_MAX]) {
    struct rewrite rw = {.elf = elf};
    uint64_t offset;
    rw.file = (unsigned char *)mpk_elf_file(elf, &rw.file_size); // only read
    size_t size = rewrite_find_build_id(&rw, &offset);
    if (size > 0)
        memcpy(id, rw.file + offset, size);
    return size;
}

static void as_text(char *text, const unsigned char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static bool note_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    *(bool *)context = true;
    return false;
}

static bool is_clean(const struct mpk_rewritten *result, uint64_t offset, size_t size) {
    bool dirty = false;
    struct mpk_scan scan;
    uint64_t from = offset > REACH ? offset - REACH : 0;
    uint64_t to = offset + size + REACH < result->size ? offset + size + REACH : result->size;
    mpk_scan_begin(&scan, note_hit, &dirty);
    mpk_scan_feed(&scan, result->file + from, to - from, from);
    return !dirty;
}

// Of the old build-id, and of what is not as it was: files that could be told apart still can be, and there
// is less to hash than all of a large library.
static bool hash_changes(const struct rewrite *rw, const unsigned char *id, size_t id_size,
                         unsigned char digest[DIGEST]) {
    const struct mpk_rewritten *result = rw->result;
    mbedtls_sha256_context context;
    size_t old_size;
    const unsigned char *old = mpk_elf_file(rw->elf, &old_size);
    mbedtls_sha256_init(&context);
    bool ok =
        mbedtls_sha256_starts_ret(&context, 0) == 0 && mbedtls_sha256_update_ret(&context, id, id_size) == 0;
    for (size_t at = 0; ok && at < result->size; at += MPK_PAGE) {
        size_t size = result->size - at < MPK_PAGE ? result->size - at : MPK_PAGE;
        uint64_t place = at;
        if (at + size <= old_size && memcmp(old + at, result->file + at, size) == 0)
            continue;
        ok = mbedtls_sha256_update_ret(&context, (const unsigned char *)&place, sizeof(place)) == 0 &&
             mbedtls_sha256_update_ret(&context, result->file + at, size) == 0;
    }
    ok = ok && mbedtls_sha256_finish_ret(&context, digest) == 0;
    mbedtls_sha256_free(&context);
    return ok;
}

void rewrite_stamp(struct rewrite *rw, uint64_t offset, size_t size) {
    struct mpk_rewritten *result = rw->result;
    unsigned char old[MPK_BUILD_ID_MAX];
    unsigned char digest[2 * DIGEST];
    if (size == 0)
        return;
    unsigned char *id = result->file + offset;
    as_text(result->old_build_id, id, size);
    memcpy(old, id, size);
    for (unsigned salt = 0; salt < TRIES; salt++) {
        id[0] = (unsigned char)salt;
        memset(id + 1, 0, size - 1);
        if (!hash_changes(rw, old, size, digest) ||
            mbedtls_sha256_ret(digest, DIGEST, digest + DIGEST, 0) != 0)
            return;
        memcpy(id, digest, size);
        if (is_clean(result, offset, size))
            break;
    }
    as_text(result->new_build_id, id, size);
}
