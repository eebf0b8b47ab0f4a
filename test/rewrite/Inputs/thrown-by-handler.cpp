// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A load whose displacement is a pattern faults, and the handler of that throws: the exception comes from the
// instruction.

#include <csignal>
#include <cstdio>
#include <sys/mman.h>

static void fault(int number) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, nullptr); // nobody returns to do it
    throw number;
}

__attribute__((noinline)) static int load(const volatile char *bytes) {
    try {
        return bytes[0xef010f];
    } catch (int) {
        puts("caught in load");
        throw;
    }
}

int main() {
    void *room = mmap(nullptr, 0xf00000, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    signal(SIGSEGV, fault);
    try {
        load(static_cast<char *>(room));
    } catch (int) {
        puts("caught in main");
    }
    return 0;
}
