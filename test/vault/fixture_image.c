// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault image itself, mapped by dlopen() and entered through the thunks that the pass has made of the
// test's calls: a seal and gates without protection keys, so that everything else is the real thing.
#include "fixture.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <mpkgate-abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "gate-layout.h"
#include "support.h"

struct fixture fixture;

static const struct mpkgate_vault *vault;

// The test program's own imports; none if it calls no gated function.
#define WEAK __attribute__((weak, visibility("hidden")))
extern const struct mpkgate_import __start_mpkgate_imports[] WEAK;
extern const struct mpkgate_import __stop_mpkgate_imports[] WEAK;

// One call under way, on a stack of the size that the gates give it.
struct call {
    ucontext_t client;
    ucontext_t inside;
    enum mpkgate_class class_;
    uint64_t block;
    uint64_t index;
    int64_t result;
    bool suspended;
    _Alignas(16) unsigned char stack[GATE_STACK_SIZE];
};
static _Thread_local struct call *current;

#define PAINT 0x5a

static void run_call(void) {
    struct call *call = current;
    call->result = vault->enter[call->class_](call->block, call->index);
}

static int64_t go_on(struct call *call) {
    current = call;
    call->suspended = false;
    require(swapcontext(&call->client, &call->inside) == 0);
    if (call->suspended) {
        return (int64_t)(uintptr_t)call; // the token
    }
    size_t unused = 0;
    while (unused < sizeof(call->stack) && call->stack[unused] == PAINT) {
        unused++;
    }
    size_t used = sizeof(call->stack) - unused;
    fixture.stack_used = used > fixture.stack_used ? used : fixture.stack_used;
    int64_t result = call->result;
    free(call);
    return result;
}

static int64_t suspend(void) {
    struct call *call = current;
    call->suspended = true;
    require(swapcontext(&call->inside, &call->client) == 0);
    return 0;
}

static int64_t enter(enum mpkgate_class class_, void *block, uint64_t index) {
    if ((index & MPKGATE_RESUME) != 0) {
        return go_on((struct call *)(uintptr_t)(index & ~MPKGATE_RESUME));
    }
    struct call *call = aligned_alloc(16, sizeof(*call));
    require(call != NULL && getcontext(&call->inside) == 0);
    call->class_ = class_;
    call->block = (uintptr_t)block;
    call->index = index;
    memset(call->stack, PAINT, sizeof(call->stack));
    call->inside.uc_stack.ss_sp = call->stack;
    call->inside.uc_stack.ss_size = sizeof(call->stack);
    call->inside.uc_link = &call->client;
    makecontext(&call->inside, run_call, 0);
    return go_on(call);
}

static int64_t gate_crypto(void *block, uint64_t index) {
    return enter(MPKGATE_CLASS_CRYPTO, block, index);
}

static int64_t gate_manage(void *block, uint64_t index) {
    return enter(MPKGATE_CLASS_MANAGE, block, index);
}

struct table {
    const struct mpkgate_export *exports;
    size_t count;
};
static struct table tables[MPKGATE_CLASSES];

// The export tables, by the image's section headers.
static void find_tables(const char *path, uintptr_t base) {
    static const char *const names[] = {MPKGATE_EXPORTS_CRYPTO_SECTION, MPKGATE_EXPORTS_MANAGE_SECTION};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    require(fd >= 0 && fstat(fd, &status) == 0);
    const char *file = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    require(file != MAP_FAILED && close(fd) == 0);
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
    const Elf64_Shdr *sections = (const Elf64_Shdr *)(file + header->e_shoff);
    const char *strings = file + sections[header->e_shstrndx].sh_offset;
    for (int i = 0; i < header->e_shnum; i++) {
        for (int class_ = 0; class_ < MPKGATE_CLASSES; class_++) {
            if (strcmp(strings + sections[i].sh_name, names[class_]) == 0) {
                tables[class_].exports = (const struct mpkgate_export *)(base + sections[i].sh_addr);
                tables[class_].count = sections[i].sh_size / sizeof(struct mpkgate_export);
            }
        }
    }
    require(tables[0].count != 0 && tables[1].count != 0);
}

// By integers: as pointer arithmetic it would leave the object that `field` lies in.
static void *follow(const int32_t *field) {
    return (void *)((uintptr_t)field + (uintptr_t)(intptr_t)*field);
}

static bool bind_to(enum mpkgate_class class_, const struct mpkgate_import *import) {
    const char *name = follow(&import->name);
    struct mpkgate_slot *slot = follow(&import->slot);
    for (size_t i = 0; i < tables[class_].count; i++) {
        const struct mpkgate_export *export = &tables[class_].exports[i];
        if (strcmp(follow(&export->name), name) == 0 && export->signature == import->signature) {
            slot->entry = (uintptr_t)(class_ == MPKGATE_CLASS_CRYPTO ? gate_crypto : gate_manage);
            slot->index = i;
            return true;
        }
    }
    return false;
}

static void *zeroed(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    require(memory != MAP_FAILED);
    return memory;
}

int fixture_boot(const struct mpkgate_boot_key *keys, size_t count) {
    void *image = dlopen(VAULT_IMAGE, RTLD_NOW | RTLD_LOCAL);
    require(image != NULL);
    vault = dlsym(image, MPKGATE_VAULT_SYMBOL);
    require(vault != NULL && vault->magic == MPKGATE_VAULT_MAGIC && vault->version == MPKGATE_VAULT_VERSION &&
            vault->abi == MPKGATE_ABI_VERSION);
    struct link_map *map = NULL;
    require(dlinfo(image, RTLD_DI_LINKMAP, &map) == 0);
    find_tables(VAULT_IMAGE, map->l_addr);
    for (const struct mpkgate_import *import = __start_mpkgate_imports; import < __stop_mpkgate_imports;
         import++) {
        require(bind_to(MPKGATE_CLASS_CRYPTO, import) != bind_to(MPKGATE_CLASS_MANAGE, import));
    }
    fixture.keys = zeroed(FIXTURE_KEYS_SIZE);
    fixture.heap = zeroed(FIXTURE_HEAP_SIZE);
    struct mpkgate_boot boot = {.keys = fixture.keys,
                                .keys_size = FIXTURE_KEYS_SIZE,
                                .heap = fixture.heap,
                                .heap_size = FIXTURE_HEAP_SIZE,
                                .key = keys,
                                .key_count = count,
                                .suspend = suspend};
    int status = vault->boot(&boot);
    fixture.failed_key = boot.failed_key;
    return status;
}
