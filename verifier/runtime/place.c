// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The address range below LIMIT: reserved whole, then the places of everything trusted in it.
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/resource.h>

#include "report.h"
#include "seal.h"
#include "store-abi.h"
#include "sys.h"
#include "ulk-layout.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#define RESERVE_FROM UINT64_C(0x10000)
#define PKEYS 15

// As the plan says; for protect_low. Read during the seal only.
static bool simulated;

static long map(uint64_t address, uint64_t size, int protection, int flags, int fd) {
    return mpkgate_syscall(__NR_mmap, (long)address, (long)size, protection, flags, fd, 0);
}

// A20: the kernel must have nothing left to give out below LIMIT, whatever the client asks for.
void reserve_low_range(void) {
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    long got = map(RESERVE_FROM, MPKGATE_LIMIT - RESERVE_FROM, PROT_NONE, flags, -1);
    if (got == -ENOMEM)
        refuse("cannot reserve 1 TiB of address space: RLIMIT_AS is set; run `ulimit -v unlimited` first",
               NULL);
    if (got == -EEXIST)
        refuse("something is mapped below 1 TiB: link the program as PIE (-fPIE -pie)", NULL);
    if (got != (long)RESERVE_FROM)
        refuse("cannot reserve the address range below 1 TiB", NULL);
    // Where vm.mmap_min_addr lets users below 64 KiB; elsewhere nobody can map there.
    map(PAGE, RESERVE_FROM - PAGE, PROT_NONE, flags, -1);
}

// A page-aligned address in [from, to) with `size` bytes of room behind it.
static uint64_t random_place(uint64_t from, uint64_t to, uint64_t size) {
    uint64_t value = 0;
    long got = sys3(__NR_getrandom, (long)&value, sizeof value, 0);
    if (got != sizeof value || size + PAGE >= to - from)
        refuse("cannot choose an address for the vault", NULL);
    return from + PAGE_DOWN(value % (to - from - size));
}

// Of the address range: each vault has one, and the ULK, as the last. Bytes.
static uint64_t share(const struct seal *seal) {
    return PAGE_DOWN((MPKGATE_LIMIT - MPKGATE_LOW) / (seal->plan->vault_count + 1));
}

// Each in a part of its own, all at or above 4 GiB (A36), with PROT_NONE around: what runs over a buffer's
// end faults.
void choose_places(const struct seal *seal, struct vault *vault) {
    const uint64_t part = PAGE_DOWN(share(seal) / 8);
    struct place *place = &vault->place;
    place->heap_size = PAGE_UP(vault->plan->heap);
    place->keys_size = PAGE_UP(vault->plan->keys);
    uint64_t at = MPKGATE_LOW + vault->number * share(seal);
    place->gates = random_place(at, at + part, GATE_AREA_SIZE);
    at += part;
    place->stacks =
        random_place(at, at + part, (GATE_SLOT_COUNT + ULK_RECORD_COUNT + 1) * (uint64_t)GATE_STACK_STRIDE);
    place->stacks = (place->stacks + GATE_STACK_STRIDE - 1) & ~(uint64_t)(GATE_STACK_STRIDE - 1);
    at += part;
    place->image = random_place(at, at + part, place->image_size);
    at += part;
    place->heap = random_place(at, at + part, place->heap_size);
    at += part;
    place->keys = random_place(at, at + part, place->keys_size);
    at += part;
    place->thread = random_place(at, at + part, PAGE);
    at += part;
    place->files_size = boot_memory_size(seal, vault);
    place->files = random_place(at, at + part, place->files_size);
    at += part;
    place->mailbox = random_place(at, at + part, MPKGATE_MAILBOX_SIZE);
}

uint64_t choose_ulk_place(const struct seal *seal, uint64_t size) {
    uint64_t at = MPKGATE_LOW + seal->plan->vault_count * share(seal);
    return random_place(at, at + share(seal), size);
}

// A18: all of them, so that nobody can ever be given one; and in order, for the gates' constants. The kernel
// opens each vault's K and V, and U, for this thread; the gates' way out closes them again.
void allocate_pkeys(const struct seal *seal) {
    if (seal->plan->simulate) {
        warn("INSECURE: no protection keys: the vault's memory is open to the whole process");
        simulated = true;
        return;
    }
    for (int expected = 1; expected <= PKEYS; expected++) {
        bool ours =
            expected <= MPKGATE_PKEY_U || expected <= MPKGATE_VAULT_PKEY_V((int)seal->plan->vault_count - 1);
        long got = sys3(__NR_pkey_alloc, 0, ours ? 0 : PKEY_DISABLE_ACCESS, 0);
        if (got != expected)
            refuse("the kernel gives pkey ", got < 0 ? "none" : decimal((uint64_t)got).text, " instead of ",
                   decimal((uint64_t)expected).text, ": something allocated protection keys before the seal",
                   NULL);
    }
}

void map_low(uint64_t address, uint64_t size) {
    long got = map(address, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1);
    if (got != (long)address)
        refuse("no memory for the vault (", decimal(size).text,
               " bytes): give it less with --vault-memory, or the process more", NULL);
    mpkgate_syscall(__NR_madvise, (long)address, (long)size, MADV_DONTDUMP, 0, 0, 0); // A16c
    // A30. Not best effort: with --allow-fork it is what keeps the vault out of the children.
    if (sys_failed(sys3(__NR_madvise, (long)address, (long)size, MADV_DONTFORK)))
        refuse("the kernel does not keep the vault out of forked processes", NULL);
}

void protect_low(uint64_t address, uint64_t size, int protection, int pkey, const char *what) {
    long result =
        simulated ? sys3(__NR_mprotect, (long)address, (long)size, protection)
                  : mpkgate_syscall(__NR_pkey_mprotect, (long)address, (long)size, protection, pkey, 0, 0);
    if (sys_failed(result))
        refuse("cannot protect ", what, " (errno ", decimal((uint64_t)-result).text, ")", NULL);
}

// Whether every page can be had. Linux counts secret memory against RLIMIT_MEMLOCK, by version, where it is
// mapped or where it is first touched, and then with SIGBUS. A system call that writes there returns EFAULT
// instead.
static bool touch_pages(uint64_t address, uint64_t size) {
    for (uint64_t page = address; page < address + size; page += PAGE) {
        if (sys3(__NR_getrandom, (long)page, 1, 0) != 1)
            return false;
        *(unsigned char *)page = 0;
    }
    return true;
}

static bool map_secret(uint64_t address, uint64_t size) {
    long fd = sys3(__NR_memfd_secret, 0, 0, 0);
    if (sys_failed(fd))
        return false;
    bool is_mapped =
        !sys_failed(sys3(__NR_ftruncate, fd, (long)size, 0)) &&
        map(address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, (int)fd) == (long)address &&
        touch_pages(address, size);
    sys3(__NR_close, fd, 0, 0);
    // A30: a shared mapping, so a forked child would have the keys themselves.
    if (is_mapped && sys_failed(sys3(__NR_madvise, (long)address, (long)size, MADV_DONTFORK)))
        refuse("the kernel does not keep the key memory out of forked processes", NULL);
    return is_mapped;
}

// The one memory that the vault shares with another process: mpk-run, which keeps the store. The descriptor,
// by which a client could map it for itself, is gone before any client code runs.
void map_mailbox(const struct seal *seal, const struct vault *vault) {
    uint64_t address = vault->place.mailbox;
    if (seal->plan->mailbox_fd < 0 || vault->number != 0)
        return;
    long got = map(address, MPKGATE_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                   seal->plan->mailbox_fd);
    if (got != (long)address)
        refuse("cannot map the store's mailbox (errno ", decimal((uint64_t)-got).text, ")", NULL);
    sys3(__NR_close, seal->plan->mailbox_fd, 0, 0);
    sys3(__NR_madvise, (long)address, MPKGATE_MAILBOX_SIZE, MADV_DONTDUMP);                 // A16c
    if (sys_failed(sys3(__NR_madvise, (long)address, MPKGATE_MAILBOX_SIZE, MADV_DONTFORK))) // A30
        refuse("the kernel does not keep the store's mailbox out of forked processes", NULL);
    protect_low(address, MPKGATE_MAILBOX_SIZE, PROT_READ | PROT_WRITE, MPKGATE_PKEY_V, "the store's mailbox");
}

// memfd_secret keeps the pages out of the kernel's own mapping, of core files, ptrace and /proc/PID/mem (A10
// to A13, A16c). Where the kernel has none or RLIMIT_MEMLOCK forbids it, anonymous memory, locked if the
// limit allows it. The limit is the hard one: what the user set below it is meant for the program's own
// memory.
void map_key_memory(const struct vault *vault) {
    uint64_t address = vault->place.keys, size = vault->place.keys_size;
    struct rlimit64 before = {0, 0};
    bool is_known = !sys_failed(mpkgate_syscall(__NR_prlimit64, 0, RLIMIT_MEMLOCK, 0, (long)&before, 0, 0));
    struct rlimit64 raised = {before.rlim_max, before.rlim_max};
    if (is_known)
        mpkgate_syscall(__NR_prlimit64, 0, RLIMIT_MEMLOCK, (long)&raised, 0, 0, 0);
    if (!map_secret(address, size)) {
        map_low(address, size);
        sys3(__NR_mlock, (long)address, (long)size, 0); // mpk-run has said what follows if this fails
    }
    if (is_known)
        mpkgate_syscall(__NR_prlimit64, 0, RLIMIT_MEMLOCK, (long)&before, 0, 0, 0);
    protect_low(address, size, PROT_READ | PROT_WRITE, MPKGATE_VAULT_PKEY_K((int)vault->number),
                "the key memory");
}
