// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A library whose constructor says that it ran, by a raw system call. With -z initfirst it stands for the
// runtime.
__attribute__((constructor)) static void first(void) {
    static const char text[] = "the first constructor ran\n";
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(1), "D"(1), "S"(text), "d"(sizeof(text) - 1)
                     : "rcx", "r11", "memory");
}
