// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The seal: everything between ld.so and the first constructor of the program. One thread, raw system calls,
// own stack. Each step either does what it says or ends the process through refuse(); none returns an error.
#ifndef MPKGATE_RUNTIME_SEAL_H
#define MPKGATE_RUNTIME_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate-layout.h"
#include "mpkgate-abi.h"
#include "plan.h"
#include "vault-abi.h"

#define PAGE UINT64_C(4096)
#define PAGE_DOWN(value) ((value) & ~(PAGE - 1))
#define PAGE_UP(value) PAGE_DOWN((value) + PAGE - 1)

#define MAPS_MAX 4096          // lines of /proc/self/maps
#define MAPS_TEXT_MAX 0x100000 // bytes of it

struct mapping { // one line of /proc/self/maps
    uint64_t start, end;
    uint64_t offset;
    uint64_t inode;
    uint32_t major, minor;
    bool readable, writable, executable, shared;
    const char *name; // "" for anonymous memory
};

// Where a vault's things are, once they are there.
struct place {
    uint64_t gates;  // gate area (gate-layout.h)
    uint64_t stacks; // GATE_SLOT_COUNT times GATE_STACK_STRIDE
    uint64_t image, image_size;
    uint64_t heap, heap_size;
    uint64_t thread;            // the vault's thread block, one page: what %fs points to in the vault
    uint64_t files, files_size; // key files while boot() reads them
    uint64_t keys, keys_size;
    uint64_t mailbox; // MPKGATE_MAILBOX_SIZE bytes, with a store
};

struct vault {
    unsigned number;
    const struct mpkgate_plan_vault *plan;
    const struct gate_code *gate;
    const struct mpkgate_vault *header;
    struct place place;
};

// A caller and a class of a server's, for which there is a ULK gate. Domains: 0 is the client, n + 1 the
// vault n.
struct ulk_pair {
    uint8_t caller, server, class_;
};
#define ULK_PAIRS_MAX ((MPKGATE_VAULTS_MAX + 1) * MPKGATE_VAULTS_MAX * MPKGATE_CLASSES)

struct ulk {
    uint64_t records, areas; // ulk-layout.h
    unsigned count;
    struct ulk_pair pair[ULK_PAIRS_MAX];
};

struct seal {
    // What the program was started with.
    char **environment;
    const uint64_t *auxiliary; // pairs of type and value (System V ABI), up to AT_NULL
    int plan_fd;
    struct mpkgate_plan *plan;

    uint64_t base[MPKGATE_PLAN_OBJECTS_MAX]; // load address of each object of the plan
    struct vault vault[MPKGATE_VAULTS_MAX];  // as many as the plan has
    struct ulk ulk;
    struct outcome { // of the last one that was started
        int status;  // enum mpkgate_boot_status
        size_t failed_key;
        uint64_t failed_item;
    } outcome;

    int maps_fd;
    size_t mapping_count;
    struct mapping mapping[MAPS_MAX];
    char maps_text[MAPS_TEXT_MAX];
};

// maps.c
void read_maps(struct seal *seal);

// plan.c: the plan's tables, bounds checked once.
void check_plan(const struct mpkgate_plan *plan, uint64_t mapped);
const void *plan_at(const struct mpkgate_plan *plan, uint32_t offset);
const char *plan_string(const struct mpkgate_plan *plan, uint32_t offset);
const struct mpkgate_plan_object *plan_object(const struct mpkgate_plan *plan, uint32_t index);
const struct mpkgate_plan_segment *plan_segments(const struct mpkgate_plan *plan,
                                                 const struct mpkgate_plan_object *object);

// check.c: the state that ld.so hands over.
void check_start(const struct seal *seal);
uint64_t auxiliary_value(const uint64_t *auxiliary, uint64_t type);
const char *environment_value(char **environment, const char *name);

// objects.c: every mapping is a planned one; finds the load addresses.
void locate_objects(struct seal *seal);

// place.c
void reserve_low_range(void);
// Once vault->place.image_size is known.
void choose_places(const struct seal *seal, struct vault *vault);
void allocate_pkeys(const struct seal *seal);
uint64_t choose_ulk_place(const struct seal *seal, uint64_t size);
// Maps fresh zeroed memory inside the reservation.
void map_low(uint64_t address, uint64_t size);
void protect_low(uint64_t address, uint64_t size, int protection, int pkey, const char *what);
void map_key_memory(const struct vault *vault);
void map_mailbox(const struct seal *seal, const struct vault *vault);

// code.c
void replace_code(struct seal *seal);

// image.c
void load_vault(const struct seal *seal, struct vault *vault);

// gates.c
// Where a place of the gate's code is in the vault's gate area.
uint64_t gate_address(const struct vault *vault, const unsigned char *label);
// Their first caller is boot_vault(): until then the manage gate leads to mpkgate_start().
void place_gates(const struct seal *seal, const struct vault *vault);
void fill_imports(struct seal *seal);
// A56: whether an import names a vault, a class and, if a vault is the caller, a caller that there are.
bool import_is_known(const struct seal *seal, const struct mpkgate_plan_import *import);
// PKRU with the vault's own pkeys open for the class, all others' closed, and the client's memory open.
uint32_t rights_in(unsigned vault, unsigned class_);
uint32_t vector_features(void); // GATE_FEATURE_*
// rdpkru -> wrpkru, or nothing if there are no protection keys. The bytes stand in the copy only: this
// library's file has none (A1).
void patch_switch(unsigned char *place, bool simulate);
// A37: in a transaction the switch would be undone together with its check. XABORT does nothing outside one.
void patch_xabort(unsigned char *place);

// ulk.c
void place_ulk(struct seal *seal);
// The number of the pair that serves this import.
unsigned ulk_pair_of(struct seal *seal, const struct mpkgate_plan_import *import);
uint64_t ulk_gate(const struct seal *seal, unsigned pair);
uint64_t ulk_switch(const struct seal *seal, unsigned pair, unsigned number);

// lockdown.c
void unregister_rseq(const struct seal *seal);
void block_signals(void);
void close_descriptors(const struct seal *seal);
void lock_process(const struct seal *seal);

// final.c: the last look at everything executable.
void check_executable_memory(struct seal *seal);

// keys.c
// For what the vault starts with, its own key files with it. Bytes, whole pages.
uint64_t boot_memory_size(const struct seal *seal, const struct vault *vault);
void map_boot_memory(const struct seal *seal, const struct vault *vault);
// Reads the vault's keys, and all that it starts with, into its memory. After the first boot_vault() nothing
// in the seal's own memory may decide what a thread does with a vault's rights: that vault can write it.
void read_keys(struct seal *seal, unsigned number);
// Starts the vault, with its own rights and no other vault's. The thread comes back with none.
void boot_vault(struct seal *seal, unsigned number);
int64_t start_vault(uint64_t gates);
// What the direct gate of a vault without one leads to: refuses.
int64_t serve_nobody(uint64_t block, uint64_t index);

#endif
