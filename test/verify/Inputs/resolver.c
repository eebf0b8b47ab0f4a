// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A library without a constructor, with one relocation that names a symbol. Made hostile, that relocation
// makes ld.so call early.
int early(void);
int early(void) {
    static const char text[] = "the client ran\n";
    long result;
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(1), "D"(1), "S"(text), "d"(sizeof(text) - 1)
                     : "rcx", "r11", "memory");
    return 0;
}

int early_number = 1;
int *early_pointer = &early_number;
