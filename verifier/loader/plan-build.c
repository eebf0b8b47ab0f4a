// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See plan-build.h. The plan is built in one growing buffer; tables are 8-byte aligned.
#include "plan-build.h"

#include "die.h"
#include "tool/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATCHES_MAX = 1024, PLAN_SIZE_MAX = 1 << 30, KEY_MEMORY_MINIMUM = 256 * 1024 };

struct buffer {
    unsigned char *bytes;
    size_t size;
};

// Appends size bytes at the next multiple of alignment. Returns their offset.
static uint32_t append(struct buffer *buffer, const void *bytes, size_t size, size_t alignment) {
    size_t at = (buffer->size + alignment - 1) / alignment * alignment;
    if (size > PLAN_SIZE_MAX - at)
        die(MPK_RUN_FAILED, NULL, "the launch plan becomes too large");
    buffer->bytes = reallocate(buffer->bytes, at + size);
    memset(buffer->bytes + buffer->size, 0, at - buffer->size);
    if (size != 0)
        memcpy(buffer->bytes + at, bytes, size);
    buffer->size = at + size;
    return (uint32_t)at;
}

static uint32_t append_string(struct buffer *buffer, const char *string) {
    return append(buffer, string, strlen(string) + 1, 1);
}

static uint32_t append_table(struct buffer *buffer, const void *table, size_t count, size_t size) {
    return append(buffer, table, count * size, sizeof(uint64_t));
}

static void append_segments(struct buffer *buffer, const struct object *object,
                            struct mpkgate_plan_object *entry) {
    size_t count;
    const Elf64_Phdr *load = mpk_elf_loads(object->elf, &count);
    if (count > MPKGATE_PLAN_SEGMENTS_MAX)
        die(MPK_RUN_REFUSED, NULL, "%s has more than %d PT_LOADs", object->path, MPKGATE_PLAN_SEGMENTS_MAX);
    struct mpkgate_plan_segment segment[MPKGATE_PLAN_SEGMENTS_MAX] = {0};
    for (size_t i = 0; i < count; i++)
        segment[i] = (struct mpkgate_plan_segment){.offset = load[i].p_offset,
                                                   .vaddr = load[i].p_vaddr,
                                                   .filesz = load[i].p_filesz,
                                                   .memsz = load[i].p_memsz,
                                                   .flags = load[i].p_flags};
    entry->segment_count = (uint32_t)count;
    entry->segments_at = append_table(buffer, segment, count, sizeof(*segment));
}

static void append_objects(struct buffer *buffer, struct mpkgate_plan *plan, const struct process *process) {
    struct mpkgate_plan_object *table = allocate(process->count * sizeof(*table));
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        table[i] = (struct mpkgate_plan_object){.kind = (uint32_t)object->kind,
                                                .name_at = append_string(buffer, object->path),
                                                .device_major = object->device_major,
                                                .device_minor = object->device_minor,
                                                .inode = object->inode};
        append_segments(buffer, object, &table[i]);
    }
    plan->object_count = (uint32_t)process->count;
    plan->objects_at = append_table(buffer, table, process->count, sizeof(*table));
    free(table);
}

// A1, A3: what the verifier let pass in system libraries because the seal overwrites it.
static void append_patches(struct buffer *buffer, struct mpkgate_plan *plan, const struct process *process) {
    static struct mpkgate_plan_patch table[PATCHES_MAX];
    static struct mpk_neutral neutral[PATCHES_MAX];
    size_t total = 0;
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        if (object->kind != MPKGATE_OBJECT_SYSTEM && object->kind != MPKGATE_OBJECT_LD_SO)
            continue;
        size_t count = mpk_elf_neutralisable(object->elf, neutral, PATCHES_MAX);
        if (count > PATCHES_MAX - total)
            die(MPK_RUN_REFUSED, NULL, "the system libraries need more than %d patches", PATCHES_MAX);
        for (size_t n = 0; n < count; n++) {
            struct mpkgate_plan_patch *patch = &table[total++];
            *patch = (struct mpkgate_plan_patch){
                .object = (uint32_t)i, .size = neutral[n].size, .vaddr = neutral[n].vaddr};
            memcpy(patch->expected, neutral[n].expected, neutral[n].size);
            memcpy(patch->replacement, neutral[n].replacement, neutral[n].size);
            verbose("%s: offset 0x%lx: %s is neutralised", object->path, (unsigned long)neutral[n].offset,
                    neutral[n].what);
        }
    }
    plan->patch_count = (uint32_t)total;
    plan->patches_at = append_table(buffer, table, total, sizeof(*table));
}
_Static_assert(MPK_NEUTRAL_MAX <= MPKGATE_PATCH_MAX, "a neutralisation must fit into a patch");

uint64_t plan_key_memory(const struct keys *keys, uint32_t vault) {
    uint64_t bytes = KEY_MEMORY_MINIMUM;
    for (size_t i = 0; i < keys->count; i++)
        if (keys->key[i].vault_number == vault)
            bytes += (keys->key[i].size + MPK_PAGE) / MPK_PAGE * MPK_PAGE;
    return bytes;
}

static void append_keys(struct buffer *buffer, struct mpkgate_plan *plan, const struct keys *keys) {
    static struct mpkgate_plan_key table[MPKGATE_KEYS_MAX];
    for (size_t i = 0; i < keys->count; i++) {
        const struct key *key = &keys->key[i];
        table[i].fd = key->fd;
        table[i].passphrase = key->passphrase;
        table[i].policy = key->policy;
        table[i].vault = key->vault_number;
        table[i].path_at = append_string(buffer, key->given);
        memcpy(table[i].name, key->name, sizeof(table[i].name));
    }
    plan->key_count = (uint32_t)keys->count;
    plan->keys_at = append_table(buffer, table, keys->count, sizeof(*table));
}

// A9: the seal unregisters rseq by this offset from the thread pointer. In glibc it is ld.so's symbol.
static void find_rseq(struct mpkgate_plan *plan, const struct process *process) {
    plan->rseq_object = -1;
    for (size_t i = 0; i < process->count; i++) {
        const struct object *object = &process->object[i];
        struct mpk_symbol symbol;
        if ((object->kind == MPKGATE_OBJECT_LD_SO ||
             (object->kind == MPKGATE_OBJECT_SYSTEM && strcmp(object->name, "libc.so.6") == 0)) &&
            mpk_elf_symbol(object->elf, "__rseq_offset", &symbol)) {
            plan->rseq_object = (int32_t)i;
            plan->rseq_offset = symbol.vaddr;
        }
    }
}

static void append_vaults(struct buffer *buffer, struct mpkgate_plan *plan, const struct plan_parts *parts) {
    struct mpkgate_plan_vault table[MPKGATE_VAULTS_MAX] = {0};
    for (uint32_t i = 0; i < parts->vaults->count; i++) {
        const struct vault *vault = &parts->vaults->vault[i];
        size_t size;
        const unsigned char *image = mpk_elf_file(vault->elf, &size);
        table[i].name_at = append_string(buffer, vault->path);
        table[i].image_at = append(buffer, image, size, MPK_PAGE);
        table[i].image_size = (uint32_t)size;
        table[i].header = vault->header;
        table[i].heap = parts->vault_heap;
        table[i].keys = plan_key_memory(parts->keys, i);
        table[i].has_direct = vault->gate == VAULT_DIRECT;
        table[i].gate = vault->is_lean ? MPKGATE_GATE_LEAN : MPKGATE_GATE_FULL;
    }
    plan->vault_count = parts->vaults->count;
    plan->vaults_at = append_table(buffer, table, parts->vaults->count, sizeof(*table));
    plan->boot_flags = parts->boot_flags;
    plan->simulate = parts->simulate;
}

static void append_store(struct buffer *buffer, struct mpkgate_plan *plan, const struct plan_parts *parts) {
    plan->mailbox_fd = -1;
    plan->store_key_fd = -1;
    if (parts->keeper == NULL)
        return;
    plan->mailbox_fd = parts->keeper->mailbox_fd;
    plan->store_key_fd = parts->store_key->fd;
    plan->store_at = append_string(buffer, parts->keeper->store.given);
    plan->store_key_at = append_string(buffer, parts->store_key->given);
}

static int write_memfd(const struct buffer *buffer) {
    int fd = memfd_create("mpkgate-plan", 0);
    if (fd < 0 || !write_all(fd, buffer->bytes, buffer->size))
        die_errno(MPK_RUN_FAILED, NULL, "cannot write the launch plan");
    return fd;
}

int plan_write(const struct plan_parts *parts) {
    struct mpkgate_plan plan = {
        .magic = MPKGATE_PLAN_MAGIC, .version = MPKGATE_PLAN_VERSION, .landlock_fd = parts->landlock};
    struct buffer buffer = {0};
    append(&buffer, &plan, sizeof(plan), sizeof(uint64_t));
    append_objects(&buffer, &plan, parts->process);
    append_patches(&buffer, &plan, parts->process);
    plan.import_count = (uint32_t)parts->imports->count;
    plan.imports_at =
        append_table(&buffer, parts->imports->import, parts->imports->count, sizeof(*parts->imports->import));
    append_keys(&buffer, &plan, parts->keys);
    plan.filter_count = (uint32_t)parts->filter.count;
    plan.filter_at =
        append_table(&buffer, parts->filter.program, parts->filter.count, sizeof(*parts->filter.program));
    find_rseq(&plan, parts->process);
    append_store(&buffer, &plan, parts);
    append_vaults(&buffer, &plan, parts);
    plan.size = (uint32_t)buffer.size;
    memcpy(buffer.bytes, &plan, sizeof(plan));
    int fd = write_memfd(&buffer);
    free(buffer.bytes);
    return fd;
}
