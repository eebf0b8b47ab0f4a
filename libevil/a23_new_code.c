// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A23: executable memory made after the start, with wrpkru in it.
#include "evil.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE ((size_t)4096)

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

int evil_memfd_exec(const struct evil_target *target) {
    int file = memfd_create("code", MFD_CLOEXEC);
    void *writable;
    void *executable;

    if (file < 0 || ftruncate(file, PAGE) != 0)
        return evil_cannot("memfd_create");
    writable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    executable = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
    if (writable == MAP_FAILED || executable == MAP_FAILED)
        return evil_failed("mmap of a memfd with PROT_EXEC");
    write_code(writable);
    return run(target, executable, "code in a memfd");
}

// The kernel maps its vdso where it is told, once there is none.
int evil_map_vdso(const struct evil_target *target) {
    char *vdso = (char *)getauxval(AT_SYSINFO_EHDR);
    char *place = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)target;
    if (place == MAP_FAILED || munmap(place, 16 * PAGE) != 0)
        return evil_cannot("mmap");
    // The four pages of the kernel's data lie below it.
    munmap(vdso - 4 * PAGE, 6 * PAGE);
    if (syscall(SYS_arch_prctl, 0x2003 /* ARCH_MAP_VDSO_64 */, place) < 0)
        return evil_failed("arch_prctl ARCH_MAP_VDSO_64");
    return evil_succeeded("new executable memory by ARCH_MAP_VDSO_64");
}

// A35: the vdso, moved.
int evil_mremap_vdso(const struct evil_target *target) {
    char *vdso = (char *)getauxval(AT_SYSINFO_EHDR);
    char *place = mmap(NULL, 16 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)target;
    if (place == MAP_FAILED)
        return evil_cannot("mmap");
    if (mremap(vdso, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED &&
        mremap(vdso, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, place) == MAP_FAILED)
        return evil_failed("mremap of the vdso");
    return evil_succeeded("moved the vdso");
}

// A28: a library that nobody has looked at.
int evil_dlopen(const struct evil_target *target) {
    const char *path = getenv("EVIL_LIBRARY");
    void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW);
    void (*open_everything)(void);

    if (library == NULL)
        return evil_failed_because("dlopen: %s", path == NULL ? "EVIL_LIBRARY is not set" : dlerror());
    *(void **)&open_everything = dlsym(library, "evil_open_everything");
    if (open_everything == NULL)
        return evil_cannot("dlsym");
    open_everything();
    return evil_got(target, target->key, "a library that was loaded later");
}
