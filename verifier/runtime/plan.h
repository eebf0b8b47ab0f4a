// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The launch plan: what mpk-run has verified and tells the runtime (libmpkgate.so). A memfd of this layout,
// inherited as a descriptor whose number is in the environment variable MPKGATE_PLAN; the seal maps it
// shared, overwrites and closes it. All *_at fields are byte offsets from the start of the plan; strings are
// NUL-terminated and inside the plan.
#ifndef MPKGATE_PLAN_H
#define MPKGATE_PLAN_H

#include "vault-abi.h"

#include <stdint.h>

#define MPKGATE_PLAN_VARIABLE "MPKGATE_PLAN"
#define MPKGATE_PLAN_MAGIC UINT64_C(0x314e4c504b504d01) // "\1MPKPLN1"
#define MPKGATE_PLAN_VERSION 3

#define MPKGATE_PLAN_OBJECTS_MAX 512
#define MPKGATE_PLAN_SEGMENTS_MAX 16 // PT_LOADs of one object
#define MPKGATE_PATCH_MAX 16
#define MPKGATE_KEYS_MAX 64
#define MPKGATE_KEY_NAME_MAX 64     // with the NUL
#define MPKGATE_KEY_FILE_MAX 65536  // bytes
#define MPKGATE_PASSPHRASE_MAX 1024 // bytes

enum mpkgate_object_kind {
    MPKGATE_OBJECT_MAIN = 1,
    MPKGATE_OBJECT_CLIENT = 2,
    MPKGATE_OBJECT_SYSTEM = 3,
    MPKGATE_OBJECT_LD_SO = 4,
    MPKGATE_OBJECT_RUNTIME = 5, // libmpkgate.so itself
};

enum mpkgate_gate {
    MPKGATE_GATE_FULL = 0, // for any vault image
    MPKGATE_GATE_LEAN = 1, // for one that mpk-run has proved lean
};

struct mpkgate_plan {
    uint64_t magic;
    uint32_t version;
    uint32_t size; // bytes, header and all tables, vault image included
    uint32_t object_count;
    uint32_t objects_at; // struct mpkgate_plan_object[]
    uint32_t patch_count;
    uint32_t patches_at; // struct mpkgate_plan_patch[]
    uint32_t import_count;
    uint32_t imports_at; // struct mpkgate_plan_import[]
    uint32_t key_count;
    uint32_t keys_at; // struct mpkgate_plan_key[]
    uint32_t filter_count;
    uint32_t filter_at;   // struct sock_filter[], the seccomp program
    int32_t landlock_fd;  // rule set, or -1: the kernel has no Landlock and the user is not root
    uint32_t vault_count; // 1 to MPKGATE_VAULTS_MAX
    uint32_t vaults_at;   // struct mpkgate_plan_vault[]
    int32_t rseq_object;  // index of ld.so or libc in objects, or -1: glibc without rseq
    uint32_t simulate;    // 0, or 1: no protection keys and no wrpkru; for measuring, never for protection
    uint32_t boot_flags;  // enum mpkgate_boot_flag, or-ed
    uint64_t rseq_offset; // vaddr in that object of the ptrdiff_t __rseq_offset
    int32_t
        mailbox_fd; // memfd of MPKGATE_MAILBOX_SIZE bytes (store-abi.h), or -1: no store. The first vault's
    int32_t store_key_fd;  // where the store key is read from
    uint32_t store_at;     // the store's folder, for messages
    uint32_t store_key_at; // the store key's file, for messages
};

struct mpkgate_plan_vault {
    uint32_t image_at;   // the vault image (an ELF file), 4096-aligned
    uint32_t image_size; // bytes
    uint32_t name_at;    // for messages
    uint32_t gate;       // enum mpkgate_gate
    uint64_t header;     // vaddr of struct mpkgate_vault in the image
    uint64_t heap;       // bytes of V memory for the vault's heap, a multiple of 4096
    uint64_t keys;       // bytes of K memory, a multiple of 4096
    uint32_t has_direct; // 0: its direct gate leads nowhere once it has started
    uint32_t reserved;
};

// A file that is mapped when the seal runs. `device` and `inode` are what /proc/self/maps shows for a mapping
// of it (mpk-run maps it and looks: on overlay file systems that is not what stat says).
struct mpkgate_plan_object {
    uint32_t kind;
    uint32_t name_at;
    uint32_t device_major;
    uint32_t device_minor;
    uint64_t inode;
    uint32_t segment_count;
    uint32_t segments_at; // struct mpkgate_plan_segment[], ascending
};

struct mpkgate_plan_segment { // a PT_LOAD, values as in the program header
    uint64_t offset;
    uint64_t vaddr;
    uint64_t filesz;
    uint64_t memsz;
    uint32_t flags; // PF_R | PF_W | PF_X
    uint32_t reserved;
};

// Bytes of a system library to be neutralised in the anonymous copy (A1, A3): refused unless `expected` is
// there.
struct mpkgate_plan_patch {
    uint32_t object;
    uint32_t size; // bytes, at most MPKGATE_PATCH_MAX
    uint64_t vaddr;
    uint8_t expected[MPKGATE_PATCH_MAX];
    uint8_t replacement[MPKGATE_PATCH_MAX];
};

enum mpkgate_caller { MPKGATE_CALLER_CLIENT = 0, MPKGATE_CALLER_VAULT = 1 };
enum mpkgate_route { MPKGATE_ROUTE_DIRECT = 0, MPKGATE_ROUTE_ULK = 1 };

// A gate import, resolved by mpk-run against the vault's exports (name and signature match). The seal writes
// the slot.
struct mpkgate_plan_import {
    uint32_t object; // of the client; or the number of the calling vault
    uint8_t caller;  // enum mpkgate_caller
    uint8_t route;   // enum mpkgate_route
    uint8_t vault;   // whose function it is
    uint8_t class_;  // enum mpkgate_class
    uint64_t slot;   // vaddr of struct mpkgate_slot, wholly inside a writable PT_LOAD of the object (checked
                     // again, A56)
    uint64_t index;  // into the vault's exports of that class
};

// A key file, opened by mpk-run. Read by the seal, after its last check, into vault memory.
struct mpkgate_plan_key {
    char name[MPKGATE_KEY_NAME_MAX];
    int32_t fd;
    int32_t passphrase; // descriptor, or -1
    uint32_t path_at;   // for messages
    uint32_t vault;     // whose it is
    struct mpkgate_key_policy policy;
};

#endif
