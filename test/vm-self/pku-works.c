// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Protection keys work where %pku runs a command: a key can be had, PKRU has the kernel's initial value, and
// a denied access faults with SEGV_PKUERR and the right key, in a system call with EFAULT.
// RUN: clang -O1 -Wall -Werror %s -o %t
// RUN: %pku %t | FileCheck %s
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static sigjmp_buf back;
static siginfo_t seen;

static void on_fault(int sig, siginfo_t *info, void *context) {
    (void)sig, (void)context;
    seen = *info;
    siglongjmp(back, 1);
}

static unsigned rdpkru(void) {
    unsigned eax, edx;
    __asm__ volatile("rdpkru" : "=a"(eax), "=d"(edx) : "c"(0));
    return eax;
}

static void expect_fault(const char *what, volatile char *p, int is_write, int key) {
    if (sigsetjmp(back, 1) == 0) {
        if (is_write)
            *p = 1;
        else
            (void)*p;
        printf("%s: allowed\n", what);
        return;
    }
    printf("%s: %s, key %s\n", what, seen.si_code == SEGV_PKUERR ? "SEGV_PKUERR" : "other fault",
           (int)seen.si_pkey == key ? "right" : "wrong");
}

int main(void) {
    // CHECK: initial PKRU 0x55555554
    printf("initial PKRU 0x%08x\n", rdpkru());
    int key = pkey_alloc(0, 0);
    // CHECK: pkey_alloc: a key
    printf("pkey_alloc: %s\n", key > 0 ? "a key" : strerror(errno));
    char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (key <= 0 || page == MAP_FAILED || pkey_mprotect(page, 4096, PROT_READ | PROT_WRITE, key) != 0)
        return 1;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
    // CHECK: open read: allowed
    // CHECK: open write: allowed
    expect_fault("open read", page, 0, key);
    expect_fault("open write", page, 1, key);
    pkey_set(key, PKEY_DISABLE_WRITE);
    // CHECK: read-only read: allowed
    // CHECK: read-only write: SEGV_PKUERR, key right
    expect_fault("read-only read", page, 0, key);
    expect_fault("read-only write", page, 1, key);
    pkey_set(key, PKEY_DISABLE_ACCESS);
    // CHECK: closed read: SEGV_PKUERR, key right
    // CHECK: closed write: SEGV_PKUERR, key right
    expect_fault("closed read", page, 0, key);
    expect_fault("closed write", page, 1, key);
    // CHECK: write(2) from the closed page: Bad address
    printf("write(2) from the closed page: %s\n", write(1, page, 1) == 1 ? "allowed" : strerror(errno));
    return 0;
}
