// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// User code that makes the emulator fault with the kernel's rights (iretq on an unmapped stack) loses its
// process, by SIGSEGV or SIGKILL; the machine lives on.
// RUN: clang -O1 -Wall -Werror %s -o %t
// RUN: %pku %t ; s=$? ; test $s = 139 || test $s = 137
// RUN: %pku true
int main(void) {
    __asm__ volatile("mov $0x1000, %%rsp\n\tiretq" ::: "memory");
    return 0;
}
