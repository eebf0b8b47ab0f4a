// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Starts the vault: its memory, then the key files, straight from their descriptors into vault memory.
#include <asm/unistd.h>
#include <linux/mman.h>

#include "report.h"
#include "seal.h"
#include "store-abi.h"
#include "sys.h"

// A key file, with a NUL; then its pass phrase, with a NUL.
#define PASSPHRASE_AT (MPKGATE_KEY_FILE_MAX + 1)
#define FILE_STRIDE (MPKGATE_KEY_FILE_MAX + PAGE)
_Static_assert(PASSPHRASE_AT + MPKGATE_PASSPHRASE_MAX + 1 <= FILE_STRIDE, "a pass phrase fits");

// Reads to the end, or until `room` bytes are there, and closes. Returns how many bytes, or what the kernel
// says.
static long read_all(int fd, void *to, size_t room) {
    size_t size = 0;
    long got;
    do {
        got = sys3(__NR_read, fd, (long)((char *)to + size), (long)(room - size));
        if (sys_failed(got))
            return got;
        size += (size_t)got;
    } while (got != 0 && size < room);
    sys3(__NR_close, fd, 0, 0);
    return (long)size;
}

// Reads one key file whole, with a NUL behind it. Returns its size.
static size_t read_key(const struct seal *seal, const struct mpkgate_plan_key *key, unsigned char *to) {
    long size = read_all(key->fd, to, MPKGATE_KEY_FILE_MAX + 1);
    if (sys_failed(size))
        refuse(plan_string(seal->plan, key->path_at), ": cannot read the key file", NULL);
    if (size > MPKGATE_KEY_FILE_MAX)
        refuse(plan_string(seal->plan, key->path_at), ": too large for a key file (64 KiB at most)", NULL);
    to[size] = '\0';
    return (size_t)size;
}

// Reads a pass phrase up to its first newline.
static const char *read_passphrase(const struct mpkgate_plan_key *key, char *to) {
    if (key->passphrase < 0)
        return NULL;
    long size = read_all(key->passphrase, to, MPKGATE_PASSPHRASE_MAX + 1);
    if (sys_failed(size))
        refuse("cannot read the pass phrase of key ", key->name, NULL);
    if (size > MPKGATE_PASSPHRASE_MAX)
        refuse("the pass phrase of key ", key->name, " is too long (1024 bytes at most)", NULL);
    long length = 0;
    while (length < size && to[length] != '\n')
        length++;
    to[length] = '\0';
    return to;
}

// Exactly as many bytes as a store key has, and the end.
static void read_store_key(const struct seal *seal, unsigned char *to) {
    const char *path = plan_string(seal->plan, seal->plan->store_key_at);
    long size = read_all(seal->plan->store_key_fd, to, MPKGATE_STORE_KEY_SIZE + 1);
    if (sys_failed(size))
        refuse(path, ": cannot read the store key (errno ", decimal((uint64_t)-size).text, ")", NULL);
    if (size != MPKGATE_STORE_KEY_SIZE)
        refuse(path,
               ": a store key has 32 bytes, neither more nor less: make one with, e.g., openssl rand 32",
               NULL);
}

static _Noreturn void refuse_store(const struct seal *seal, int status, uint64_t item) {
    static const char *const text[] = {
        [MPKGATE_BOOT_STORE_MEMORY] =
            "no vault memory for all keys of the store: give it more with --vault-memory",
        [MPKGATE_BOOT_STORE_KEEPER] = "the store cannot be read or written: is its disk full or failing?",
        [MPKGATE_BOOT_STORE_INDEX] = ("cannot be unwrapped: give the store key that the store was made with; "
                                      "if this is it, the file is "
                                      "damaged: restore the whole store from a backup"),
        [MPKGATE_BOOT_STORE_NO_INDEX] =
            "belongs to no index: restore the whole store from a backup, index included",
        [MPKGATE_BOOT_STORE_FILE] = "damaged, or another key's file: restore the whole store from a backup",
        [MPKGATE_BOOT_STORE_OLD] = "is not the file that was written last under this name: restore the whole "
                                   "store from a backup, not single files",
        [MPKGATE_BOOT_STORE_MISSING] = "is missing: restore the whole store from a backup",
    };
    static const char digits[] = "0123456789abcdef";
    char name[] = "0000000000000000.key";
    for (int i = 0; i < 16; i++)
        name[i] = digits[item >> (60 - 4 * i) & 15];
    const char *folder = plan_string(seal->plan, seal->plan->store_at);
    if (status == MPKGATE_BOOT_STORE_MEMORY || status == MPKGATE_BOOT_STORE_KEEPER)
        refuse("store ", folder, ": ", text[status], NULL);
    refuse("store ", folder, "/", item == MPKGATE_STORE_INDEX ? "index" : name, ": ", text[status], NULL);
}

static _Noreturn void refuse_key(const struct seal *seal, const struct vault *vault, int status,
                                 size_t failed) {
    static const char *const text[] = {
        [MPKGATE_BOOT_OK] = "the vault refused it",
        [MPKGATE_BOOT_FAILED] = "the vault's self test or its source of random numbers failed",
        [MPKGATE_BOOT_BAD_KEY] =
            "not a private key: give a PEM or DER file, or 16, 24 or 32 raw bytes for AES",
        [MPKGATE_BOOT_KEY_LOCKED] =
            "the key is encrypted with a pass phrase: give it with --key-passphrase NAME=tty or NAME=fd:N",
        [MPKGATE_BOOT_KEY_PASSPHRASE] = "the pass phrase is not the key's",
        [MPKGATE_BOOT_KEY_TYPE] = "its bytes are no key of the type that its policy names",
        [MPKGATE_BOOT_KEY_KIND] = "a key of a kind or size that the vault does not serve",
        [MPKGATE_BOOT_KEY_TWICE] = "a key of this name is there already",
        [MPKGATE_BOOT_NO_ROOM] = "no room for another key",
    };
    const char *why = status >= 0 && (size_t)status < sizeof text / sizeof text[0] ? text[status] : text[0];
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    for (uint32_t i = 0; status != MPKGATE_BOOT_FAILED && i < seal->plan->key_count; i++)
        if (key[i].vault == vault->number && failed-- == 0)
            refuse("key ", key[i].name, " (", plan_string(seal->plan, key[i].path_at), "): ", why, NULL);
    refuse(plan_string(seal->plan, vault->plan->name_at), ": ", why, NULL);
}

// Everything boot() is told lies in vault memory: the boot record and the list of keys, then the key files.
struct boot_memory {
    struct mpkgate_boot boot;
    struct mpkgate_boot_key key[MPKGATE_KEYS_MAX];
    char name[MPKGATE_KEYS_MAX][MPKGATE_KEY_NAME_MAX];
    unsigned char store_key[MPKGATE_STORE_KEY_SIZE + 1];
    // For start_vault().
    const struct mpkgate_vault *header;
    uint64_t manage;         // what the manage gate leads to from then on
    uint64_t size;           // of the memory at this record, the key files with it
    struct outcome *outcome; // in the seal's memory
};

uint64_t boot_memory_size(const struct seal *seal, const struct vault *vault) {
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    uint64_t size = PAGE_UP(sizeof(struct boot_memory));
    for (uint32_t i = 0; i < seal->plan->key_count; i++)
        size += key[i].vault == vault->number ? FILE_STRIDE : 0;
    return size;
}

// Before the lock-down, which allows no new mapping below LIMIT.
void map_boot_memory(const struct seal *seal, const struct vault *vault) {
    const struct place *place = &vault->place;
    int pkey = MPKGATE_VAULT_PKEY_V((int)vault->number);
    map_low(place->heap, place->heap_size);
    protect_low(place->heap, place->heap_size, PROT_READ | PROT_WRITE, pkey, "the vault's heap");
    map_low(place->files, place->files_size);
    protect_low(place->files, place->files_size, PROT_READ | PROT_WRITE, pkey, "the key files' memory");
    map_key_memory(vault);
    map_mailbox(seal, vault);
}

static void fill_boot(struct seal *seal, const struct vault *vault, struct boot_memory *memory) {
    const struct place *place = &vault->place;
    uint64_t suspend = gate_address(vault, vault->gate->suspend);
    memory->boot = (struct mpkgate_boot){.keys = (void *)place->keys,
                                         .keys_size = place->keys_size,
                                         .heap = (void *)place->heap,
                                         .heap_size = place->heap_size,
                                         .key = memory->key,
                                         .flags = seal->plan->boot_flags,
                                         .suspend = (int64_t (*)(void))suspend,
                                         .slots = (struct gate_slot *)(place->gates + GATE_SLOTS)};
    memory->header = vault->header;
    memory->manage = vault->plan->has_direct != 0 ? (uint64_t)vault->header->enter[MPKGATE_CLASS_MANAGE]
                                                  : (uint64_t)serve_nobody;
    memory->size = place->files_size;
    memory->outcome = &seal->outcome;
    ((struct gate_fixed *)(place->gates + GATE_FIXED))->start = (uint64_t)memory;
    if (seal->plan->mailbox_fd >= 0 && vault->number == 0) {
        read_store_key(seal, memory->store_key);
        memory->boot.mailbox = (void *)place->mailbox;
        memory->boot.store_key = memory->store_key;
    }
}

void read_keys(struct seal *seal, unsigned number) {
    const struct vault *vault = &seal->vault[number];
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    struct boot_memory *memory = (struct boot_memory *)vault->place.files;
    unsigned char *file = (unsigned char *)(vault->place.files + PAGE_UP(sizeof *memory));
    fill_boot(seal, vault, memory);
    for (uint32_t i = 0; i < seal->plan->key_count; i++) {
        if (key[i].vault != number)
            continue;
        size_t n = memory->boot.key_count++;
        memory->key[n].size = read_key(seal, &key[i], file);
        memory->key[n].data = file;
        memory->key[n].passphrase = read_passphrase(&key[i], (char *)file + PASSPHRASE_AT);
        memory->key[n].policy = key[i].policy;
        memcpy(memory->name[n], key[i].name, MPKGATE_KEY_NAME_MAX - 1);
        memory->key[n].name = memory->name[n];
        file += FILE_STRIDE;
    }
}

int64_t serve_nobody(uint64_t block, uint64_t index) {
    (void)block;
    (void)index;
    return MPKGATE_NO_FUNCTION;
}

// With the rights of the vault whose gate led here, on a stack of its own. Everything that decides comes from
// its memory; and before any of its code runs, the manage gate leads to where it belongs (A57).
int64_t start_vault(uint64_t gates) {
    struct gate_fixed *fixed = (struct gate_fixed *)(gates + GATE_FIXED);
    struct boot_memory *memory = (struct boot_memory *)fixed->start;
    fixed->start = 0;
    fixed->enter[MPKGATE_CLASS_MANAGE] = memory->manage;
    struct outcome outcome = {.status = memory->header->boot(&memory->boot)};
    outcome.failed_key = memory->boot.failed_key;
    outcome.failed_item = memory->boot.failed_item;
    *memory->outcome = outcome;
    memset(memory, 0, memory->size); // A52: the files' bytes have no further use
    return MPKGATE_CALLED;
}

void boot_vault(struct seal *seal, unsigned number) {
    const struct vault *vault = &seal->vault[number];
    uint64_t gate = gate_address(vault, vault->gate->gate[MPKGATE_CLASS_MANAGE]);
    seal->outcome.status = MPKGATE_BOOT_FAILED;
    int64_t called = ((int64_t (*)(uint64_t, uint64_t))gate)(0, 0);
    int status = called == MPKGATE_CALLED ? seal->outcome.status : MPKGATE_BOOT_FAILED;
    if (status >= MPKGATE_BOOT_STORE_MEMORY && status <= MPKGATE_BOOT_STORE_MISSING)
        refuse_store(seal, status, seal->outcome.failed_item);
    if (status != MPKGATE_BOOT_OK)
        refuse_key(seal, vault, status, seal->outcome.failed_key);
}
