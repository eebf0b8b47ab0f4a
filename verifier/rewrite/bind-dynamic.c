// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The dynamic section with the client libraries in front of all other DT_NEEDED. Where it has DT_NULLs to
// spare, as GNU ld leaves them, it stays in its place; otherwise a longer copy is mapped elsewhere: nothing
// but PT_DYNAMIC leads ld.so and debuggers to it. What refers to _DYNAMIC itself, which programs do not, sees
// the old one. The names go to the end of a longer copy of DT_STRTAB.

#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "elf-private.h"

// The offset of the library's name in the object's strings, if it is needed already.
static bool find_needed(const struct mpk_elf *elf, const char *name, uint64_t *offset) {
    size_t count;
    const Elf64_Dyn *entry = mpk_elf_dynamic(elf, &count);
    for (size_t i = 0; i < count; i++) {
        const char *needed = entry[i].d_tag == DT_NEEDED ? mpk_elf_string(elf, entry[i].d_un.d_val) : NULL;
        if (needed != NULL && strcmp(needed, name) == 0) {
            *offset = entry[i].d_un.d_val;
            return true;
        }
    }
    return false;
}

static bool copy_strings(struct rewrite *rw) {
    struct binding *binding = &rw->binding;
    size_t size = binding->strings_size;
    if (size == 0) {
        // A string that has no end would go on into the new ones.
        size = rw->elf->strings_size + 1;
        binding->strings = calloc(size, 1);
        if (binding->strings == NULL)
            return false;
        memcpy(binding->strings, rw->elf->strings, size - 1);
        binding->strings_size = size;
    }
    return true;
}

static bool add_string(struct rewrite *rw, const char *name, uint64_t *offset) {
    struct binding *binding = &rw->binding;
    size_t length = strlen(name) + 1;
    if (rw->elf->strings == NULL || !copy_strings(rw))
        return false;
    unsigned char *grown = realloc(binding->strings, binding->strings_size + length);
    if (grown == NULL)
        return false;
    memcpy(grown + binding->strings_size, name, length);
    *offset = binding->strings_size;
    binding->strings = grown;
    binding->strings_size += length;
    return true;
}

static bool is_bound_to(const struct rewrite *rw, const Elf64_Dyn *entry) {
    const char *needed = entry->d_tag == DT_NEEDED ? mpk_elf_string(rw->elf, entry->d_un.d_val) : NULL;
    for (size_t i = 0; needed != NULL && i < rw->wish->library_count; i++) {
        if (strcmp(needed, mpk_elf_dynamic_string(rw->wish->libraries[i], DT_SONAME, 0)) == 0)
            return true;
    }
    return false;
}

static void append_entry(struct binding *binding, int64_t tag, uint64_t value) {
    binding->entries[binding->count].d_tag = tag;
    binding->entries[binding->count].d_un.d_val = value;
    binding->count++;
}

static size_t capacity(const struct rewrite *rw) {
    const Elf64_Phdr *phdr = NULL;
    for (size_t n = 0; mpk_elf_phdr(rw->elf, PT_DYNAMIC, n) != NULL; n++)
        phdr = mpk_elf_phdr(rw->elf, PT_DYNAMIC, n);
    return phdr != NULL ? phdr->p_filesz / sizeof(Elf64_Dyn) : 0;
}

bool bind_make_dynamic(struct rewrite *rw) {
    struct binding *binding = &rw->binding;
    size_t count;
    size_t room = capacity(rw);
    const Elf64_Dyn *entry = mpk_elf_dynamic(rw->elf, &count);
    binding->entries = calloc(count + rw->wish->library_count + room + 1, sizeof(binding->entries[0]));
    if (binding->entries == NULL)
        return false;
    for (size_t i = 0; i < rw->wish->library_count; i++) {
        const char *name = mpk_elf_dynamic_string(rw->wish->libraries[i], DT_SONAME, 0);
        uint64_t offset;
        if (!find_needed(rw->elf, name, &offset) && !add_string(rw, name, &offset))
            return false;
        append_entry(binding, DT_NEEDED, offset);
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_bound_to(rw, &entry[i]))
            append_entry(binding, entry[i].d_tag, entry[i].d_un.d_val);
    }
    binding->moves = binding->count + 1 > room;
    binding->count = binding->moves ? binding->count + 1 : room; // DT_NULL
    return true;
}
