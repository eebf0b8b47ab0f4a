// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See rewrite.h. Nothing rests on the rewriter, on the child it runs in, or on the cache: what comes of them
// is judged as any file is, and scanned again by the seal (A1, A2, A3).
#include "rewrite.h"

#include "copy.h"
#include "die.h"
#include "edits-cache.h"
#include "mpk-rewrite.h"
#include "tool/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILD_SECONDS = 600, CHILD_FAILED = 1 };

// --- Patterns ----------------------------------------------------------------------------------------------

static bool count_pattern(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    ++*(size_t *)context;
    return true;
}

// How many patterns there are in a file; in a library, those left out that the seal neutralises.
static size_t count_patterns(const struct mpk_elf *elf, bool is_library) {
    size_t count = 0;
    struct mpk_scan scan;
    mpk_scan_begin(&scan, count_pattern, &count);
    mpk_elf_scan(elf, &scan);
    return is_library ? count - mpk_elf_neutralisable(elf, NULL, 0) : count;
}

// --- In a child --------------------------------------------------------------------------------------------

// The readers of unwind tables and symbols end the process that they are in when memory is out.
static bool write_edits(const struct mpk_elf *elf, int to) {
    const struct mpk_rewrite_wish wish = {.banned = MPK_BANNED_KEEP};
    struct mpk_rewritten result;
    struct mpk_elf_error error;
    struct edits edits;
    size_t old_size;
    const unsigned char *old = mpk_elf_file(elf, &old_size);
    if (!mpk_rewrite(elf, &wish, &result, &error))
        return false;
    return result.size >= old_size && edits_make(&edits, old, old_size, result.file, result.size) &&
           write_all(to, edits.bytes, edits.size);
}

static bool ends_well(pid_t child) {
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS;
}

static bool make_edits(const struct mpk_elf *elf, struct edits *edits) {
    int memory = memfd_create("edits", MFD_CLOEXEC);
    struct stat status;
    fflush(stderr);
    pid_t child = memory >= 0 ? fork() : -1;
    if (child == 0) {
        const struct rlimit seconds = {CHILD_SECONDS, CHILD_SECONDS};
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        setrlimit(RLIMIT_CPU, &seconds);
        _exit(write_edits(elf, memory) ? EXIT_SUCCESS : CHILD_FAILED);
    }
    bool is_made = child > 0 && ends_well(child) && fstat(memory, &status) == 0 && status.st_size > 0;
    if (is_made) {
        *edits = (struct edits){.bytes = allocate((size_t)status.st_size), .size = (size_t)status.st_size};
        is_made = pread(memory, edits->bytes, edits->size, 0) == status.st_size;
        if (!is_made)
            free(edits->bytes);
    }
    if (memory >= 0)
        close(memory);
    return is_made;
}

// --- The copy ----------------------------------------------------------------------------------------------

// Returns the reader of a sealed copy without patterns, and the copy; or NULL.
static struct mpk_elf *apply_edits(const struct object *object, const struct edits *edits, int *copy) {
    struct mpk_elf_error error;
    struct mpk_elf *elf = NULL;
    const char *name = base_name(object->path);
    size_t old_size;
    const unsigned char *old = mpk_elf_file(object->elf, &old_size);
    size_t size = edits_made_size(edits, old_size);
    if (size == 0)
        return NULL;
    unsigned char *made = new_copy(size, name, copy);
    bool is_applied = edits_apply(edits, old, old_size, made);
    seal_copy(*copy, made, size, name);
    if (is_applied)
        elf = mpk_elf_open_fd(*copy, object->path, &error);
    if (elf != NULL && count_patterns(elf, object->kind == MPKGATE_OBJECT_SYSTEM) == 0)
        return elf;
    mpk_elf_close(elf);
    close(*copy);
    return NULL;
}

static struct mpk_elf *rewrite_anew(const struct object *object, const unsigned char *id, size_t id_size,
                                    int *copy) {
    struct edits edits;
    if (!make_edits(object->elf, &edits))
        return NULL;
    struct mpk_elf *elf = apply_edits(object, &edits, copy);
    if (elf != NULL)
        edits_cache_store(id, id_size, &edits);
    free(edits.bytes);
    return elf;
}

bool may_be_rewritten(const struct object *object) {
    return object->kind == MPKGATE_OBJECT_SYSTEM ||
           (object->kind == MPKGATE_OBJECT_MAIN && mpk_is_system_program(object->file));
}

bool rewrite_object(struct object *object) {
    unsigned char id[MPK_BUILD_ID_MAX];
    size_t id_size = mpk_elf_build_id(object->elf, id);
    struct mpk_elf *elf = NULL;
    struct edits edits;
    int copy = -1;
    bool is_cached = edits_cache_load(id, id_size, &edits);
    if (is_cached) {
        elf = apply_edits(object, &edits, &copy);
        free(edits.bytes);
    }
    is_cached = elf != NULL;
    if (elf == NULL)
        elf = rewrite_anew(object, id, id_size, &copy);
    if (elf == NULL)
        return false;
    mpk_elf_close(object->elf);
    object->elf = elf;
    if (object->copy >= 0)
        close(object->copy);
    object->copy = copy;
    if (object->kind == MPKGATE_OBJECT_MAIN && fcntl(copy, F_SETFD, FD_CLOEXEC) != 0)
        die_errno(MPK_RUN_FAILED, NULL, "cannot copy %s", object->path);
    mapping_identity(copy, object->path, &object->device_major, &object->device_minor, &object->inode);
    verbose("%s: runs from a copy without its patterns%s", object->path, is_cached ? " (cached edits)" : "");
    return true;
}
