// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The library from which craft.py makes the A50 and A51 ones, and which is the A55 one when it is linked with
// -z initfirst. Its constructor is the code that wants to run before the seal.
#include <stdint.h>
#include <unistd.h>

static void say(const char *message, size_t size) {
    if (write(STDOUT_FILENO, message, size) < 0)
        _exit(2);
}

__attribute__((constructor)) static void strike(void) {
    static const char message[] = "hostile constructor ran\n";

    say(message, sizeof message - 1);
}

#ifdef EVIL_RELOCATE
// A51: two relocations against a symbol of ld.so's, which craft.py turns into the two that it needs.
extern char _rtld_global[];
void *const volatile evil_slots[2] = {_rtld_global, _rtld_global};
#endif

#ifdef EVIL_IFUNC
// A54: ld.so calls the resolver while it relocates, before any constructor.
static void nothing(void) {
}

static void (*resolve(void))(void) {
    // libc may not be relocated yet: a system call without it.
    static const char message[] = "hostile resolver ran\n";
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(1L), "D"(1L), "S"(message), "d"(sizeof message - 1)
                     : "rcx", "r11", "memory");
    return nothing;
}

void evil_indirect(void) __attribute__((ifunc("resolve")));
void (*volatile evil_pointer)(void) = evil_indirect;
#endif
