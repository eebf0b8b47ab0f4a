// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constant that is 0f 01 ef in machine code.
#include <stdio.h>

__attribute__((noinline)) static unsigned mix(unsigned value) {
    return value ^ 0xef010f12u;
}

int main(int argc, char **argv) {
    (void)argv;
    printf("mixed: %x\n", mix((unsigned)argc));
    return 0;
}
