// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the runtime and a vault image know of each other. The image is an ET_DYN ELF file with no DT_NEEDED,
// no PT_TLS, no PT_INTERP, relocations of type R_X86_64_RELATIVE only, and no constructors; its one exported
// symbol is `mpkgate_vault`.
#ifndef MPKGATE_VAULT_ABI_H
#define MPKGATE_VAULT_ABI_H

#include <stddef.h>
#include <stdint.h>

#define MPKGATE_VAULT_SYMBOL "mpkgate_vault"
#define MPKGATE_VAULT_MAGIC UINT64_C(0x544c56454741504d) // "MPAGEVLT"
#define MPKGATE_VAULT_VERSION 3

// Protection keys. The seal takes all fifteen in ascending order, so these are constants of the gates.
enum mpkgate_pkey {
    MPKGATE_PKEY_K = 1, // key material of the first vault
    MPKGATE_PKEY_V = 2, // its image, heap, stacks
    MPKGATE_PKEY_U = 3, // gate records (the ULK gate)
    // Each further vault has two more: MPKGATE_VAULT_PKEY_K(n) and the one behind it.
};
#define MPKGATE_VAULTS_MAX 7 // of a process: two of fifteen protection keys each, and U
#define MPKGATE_VAULT_PKEY_K(n) ((n) == 0 ? MPKGATE_PKEY_K : MPKGATE_PKEY_U + 2 * (n) - 1)
#define MPKGATE_VAULT_PKEY_V(n) (MPKGATE_VAULT_PKEY_K(n) + 1)

// PKRU: two bits for each pkey k, access-disable at 2k and write-disable at 2k+1 (SDM vol. 3, 4.6.2).
//
//     pkey           ... 4   3=U 2=V 1=K 0
//     CLOSED         ...01   01  01  01  00    what the kernel gives at exec (init_pkru)
//     OPEN_CRYPTO    ...01   01  00  10  00    K readable only
//     OPEN_MANAGE    ...01   01  00  00  00    K readable and writable
//
// For the first vault. Another's rights have the same bits for its own pkeys, and 01 for those of all others.
#define MPKGATE_PKRU_CLOSED 0x55555554
#define MPKGATE_PKRU_OPEN_CRYPTO 0x55555548
#define MPKGATE_PKRU_OPEN_MANAGE 0x55555540

// What a key may do, in PSA's numbers (psa_key_type_t and so on).
struct mpkgate_key_policy {
    uint32_t is_given; // 0: everything its type is for; the other fields mean nothing
    uint32_t type;     // 0: what the file says. Else the file is the key in PSA's format for this type
    uint32_t usage;
    uint32_t algorithm;
    uint32_t algorithm2; // 0: none
};

struct mpkgate_boot_key {
    const char *name;          // NUL-terminated
    const unsigned char *data; // the key file's bytes and one NUL after them; wiped by the runtime after boot
    size_t size;               // without that NUL
    const char *passphrase;    // NUL-terminated, or NULL; wiped likewise
    struct mpkgate_key_policy policy;
};

struct gate_slot;

// Handed to boot(). All of it lies in V memory (keys: in K memory), for good unless it says otherwise.
struct mpkgate_boot {
    void *keys; // K memory, zeroed, page-aligned
    size_t keys_size;
    void *heap; // V memory, zeroed, page-aligned
    size_t heap_size;
    const struct mpkgate_boot_key *key; // valid during boot() only
    size_t key_count;
    uint32_t flags;    // enum mpkgate_boot_flag, or-ed
    size_t failed_key; // out: which key boot() refused
    // Gives the thread back to the client in the middle of a call, on a vault stack, and returns 0 when the
    // client has come back (mpkgate-abi.h, struct mpkgate_request). No lock may be held: the client may never
    // come back. What else it returns comes from the vault's own vault_visit() (libvault/machine.h).
    int64_t (*suspend)(void);
    // With --store: the mailbox of store-abi.h (MPKGATE_MAILBOX_SIZE bytes of V memory), and the store key
    // (MPKGATE_STORE_KEY_SIZE bytes, during boot() only). NULL without.
    void *mailbox;
    const unsigned char *store_key;
    uint64_t failed_item; // out: uid of the stored file that boot() refused
    // The gates' GATE_SLOT_COUNT slots (gate-layout.h), for the calls that wait; NULL without gates.
    struct gate_slot *slots;
};

enum mpkgate_boot_flag {
    MPKGATE_BOOT_ALLOW_EXPORT = 1, // keys whose own policy allows it may leave the vault
};

enum mpkgate_boot_status {
    MPKGATE_BOOT_OK = 0,
    MPKGATE_BOOT_FAILED = 1,     // self test, memory or entropy
    MPKGATE_BOOT_BAD_KEY = 2,    // key[failed_key] is not a private key in PEM or DER nor a raw AES key
    MPKGATE_BOOT_KEY_LOCKED = 3, // ... is encrypted with a pass phrase
    MPKGATE_BOOT_KEY_KIND = 4,   // ... is of a kind or size that the vault does not serve
    MPKGATE_BOOT_KEY_TWICE = 5,  // ... has a name that another key has
    MPKGATE_BOOT_NO_ROOM = 6,    // K memory or the key table is full
    // The store; the file that failed_item says, where there is one.
    MPKGATE_BOOT_STORE_MEMORY = 7,    // no heap for the stored files
    MPKGATE_BOOT_STORE_KEEPER = 8,    // the keeper does not answer, or could not read or write
    MPKGATE_BOOT_STORE_INDEX = 9,     // the index does not verify: another key, or damage
    MPKGATE_BOOT_STORE_NO_INDEX = 10, // there are files and no index
    MPKGATE_BOOT_STORE_FILE = 11,     // the file does not verify
    MPKGATE_BOOT_STORE_OLD = 12,      // it verifies, and is not what the index says
    MPKGATE_BOOT_STORE_MISSING = 13,  // the index says that there is one
    MPKGATE_BOOT_KEY_PASSPHRASE = 14, // key[failed_key] is not encrypted with the pass phrase that was given
    MPKGATE_BOOT_KEY_TYPE = 15,       // ... is not of the type that its policy names
};

struct mpkgate_vault {
    uint64_t magic;
    uint32_t version;
    uint32_t abi; // MPKGATE_ABI_VERSION
    // Called once by the seal on a vault stack with OPEN_MANAGE rights; not reachable through any gate (A57).
    int (*boot)(struct mpkgate_boot *boot);
    // Called by the gates on a vault stack. `block` and `index` are the client's and not checked yet. Returns
    // 0 or a value of enum mpkgate_refusal. One function for each class, so that a gate cannot reach the
    // other's table (A57).
    int64_t (*enter[2])(uint64_t block, uint64_t index);
    // Called by the ULK gate, likewise, but that the client's memory is closed and `block` is
    // MPKGATE_BLOCK_MAX bytes of the vault's own stack: what the caller sent, then zeros. What stands there
    // afterwards goes back to it.
    int64_t (*serve[2])(void *block, uint64_t index);
};

#endif
