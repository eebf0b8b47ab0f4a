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

struct boot_call {
    const struct mpkgate_vault *vault;
    struct mpkgate_boot *boot;
};

static long call_boot(void *argument) {
    struct boot_call *call = argument;
    return call->vault->boot(call->boot);
}

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
        [MPKGATE_BOOT_STORE_INDEX] = "cannot be unwrapped: give the store key that the store was made with; "
                                     "if this is it, the file is "
                                     "damaged: restore the whole store from a backup",
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

static _Noreturn void refuse_key(const struct seal *seal, int status, size_t failed) {
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
    if (status == MPKGATE_BOOT_FAILED || failed >= seal->plan->key_count)
        refuse(plan_string(seal->plan, seal->plan->vault_name_at), ": ", why, NULL);
    refuse("key ", key[failed].name, " (", plan_string(seal->plan, key[failed].path_at), "): ", why, NULL);
}

// Everything boot() is told lies in vault memory: the boot record and the list of keys, then the key files.
struct boot_memory {
    struct mpkgate_boot boot;
    struct mpkgate_boot_key key[MPKGATE_KEYS_MAX];
    char name[MPKGATE_KEYS_MAX][MPKGATE_KEY_NAME_MAX];
    unsigned char store_key[MPKGATE_STORE_KEY_SIZE + 1];
};

uint64_t boot_memory_size(uint32_t key_count) {
    return PAGE_UP(sizeof(struct boot_memory)) + key_count * FILE_STRIDE;
}

// Before the lock-down, which allows no new mapping below LIMIT.
void map_boot_memory(const struct seal *seal) {
    const struct place *place = &seal->place;
    map_low(place->heap, place->heap_size);
    protect_low(place->heap, place->heap_size, PROT_READ | PROT_WRITE, MPKGATE_PKEY_V, "the vault's heap");
    map_low(place->files, place->files_size);
    protect_low(place->files, place->files_size, PROT_READ | PROT_WRITE, MPKGATE_PKEY_V,
                "the key files' memory");
    map_key_memory(seal);
    map_mailbox(seal);
}

void boot_vault(struct seal *seal) {
    const struct place *place = &seal->place;
    const struct mpkgate_plan_key *key = plan_at(seal->plan, seal->plan->keys_at);
    struct boot_memory *memory = (struct boot_memory *)place->files;
    unsigned char *file = (unsigned char *)(place->files + PAGE_UP(sizeof *memory));
    for (uint32_t i = 0; i < seal->plan->key_count; i++, file += FILE_STRIDE) {
        memory->key[i].size = read_key(seal, &key[i], file);
        memory->key[i].data = file;
        memory->key[i].passphrase = read_passphrase(&key[i], (char *)file + PASSPHRASE_AT);
        memory->key[i].policy = key[i].policy;
        memcpy(memory->name[i], key[i].name, MPKGATE_KEY_NAME_MAX - 1);
        memory->key[i].name = memory->name[i];
    }
    uint64_t suspend = gate_address(seal, seal->gate->suspend);
    memory->boot = (struct mpkgate_boot){.keys = (void *)place->keys,
                                         .keys_size = place->keys_size,
                                         .heap = (void *)place->heap,
                                         .heap_size = place->heap_size,
                                         .key = memory->key,
                                         .key_count = seal->plan->key_count,
                                         .flags = seal->plan->boot_flags,
                                         .suspend = (int64_t (*)(void))suspend,
                                         .slots = (struct gate_slot *)(place->gates + GATE_SLOTS)};
    if (seal->plan->mailbox_fd >= 0) {
        read_store_key(seal, memory->store_key);
        memory->boot.mailbox = (void *)place->mailbox;
        memory->boot.store_key = memory->store_key;
    }
    const struct gate_slot *slot = (const struct gate_slot *)(place->gates + GATE_SLOTS);
    struct boot_call call = {seal->vault, &memory->boot};
    uint64_t fs_base = seal->plan->gate == MPKGATE_GATE_FULL ? place->thread : 0;
    long status = mpkgate_call_on_stack(call_boot, &call, slot->stack, fs_base);
    size_t failed = memory->boot.failed_key;
    uint64_t failed_item = memory->boot.failed_item;
    memset((void *)place->files, 0, place->files_size); // A52: the files' bytes have no further use
    if (status >= MPKGATE_BOOT_STORE_MEMORY && status <= MPKGATE_BOOT_STORE_MISSING)
        refuse_store(seal, (int)status, failed_item);
    if (status != MPKGATE_BOOT_OK)
        refuse_key(seal, (int)status, failed);
}
