// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A23: executable memory made after the start, with wrpkru in it.
#include "evil.h"

#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>

#define PAGE 4096

// xor eax, ecx, edx; wrpkru; ret. Complemented: a library that a verifier accepts must not hold it.
static const unsigned char complement[] = {0xce, 0x3f, 0xce, 0x36, 0xce, 0x2d, 0xf0, 0xfe, 0x10, 0x3c};

static void write_code(volatile unsigned char *page) {
    for (size_t i = 0; i < sizeof complement; i++)
        page[i] = (unsigned char)~complement[i];
}

static int run(const struct evil_target *target, void *page, const char *by) {
    void (*open_everything)(void);

    memcpy(&open_everything, &page, sizeof page);
    open_everything();
    return evil_got(target, target->key, by);
}

int evil_mmap_exec(const struct evil_target *target) {
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return evil_failed("mmap with PROT_EXEC");
    write_code(page);
    return run(target, page, "code in an executable mapping");
}

int evil_mprotect_exec(const struct evil_target *target) {
    void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page == MAP_FAILED)
        return evil_cannot("mmap");
    write_code(page);
    if (mprotect(page, PAGE, PROT_READ | PROT_EXEC) != 0)
        return evil_failed("mprotect with PROT_EXEC");
    return run(target, page, "code that mprotect made executable");
}

int evil_shmat_exec(const struct evil_target *target) {
    int segment = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
    void *writable;
    void *executable;

    if (segment < 0)
        return evil_failed("shmget");
    writable = shmat(segment, NULL, 0);
    executable = shmat(segment, NULL, SHM_EXEC);
    shmctl(segment, IPC_RMID, NULL);
    if (writable == (void *)-1 || executable == (void *)-1)
        return evil_failed("shmat with SHM_EXEC");
    write_code(writable);
    return run(target, executable, "code in shared memory");
}

int evil_personality(const struct evil_target *target) {
    void *page;

    if (personality(READ_IMPLIES_EXEC) < 0)
        return evil_failed("personality");
    page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return evil_failed("mmap after personality");
    write_code(page);
    return run(target, page, "code that personality made executable");
}
