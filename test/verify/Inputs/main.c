// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ordinary client program. Hostile ones are made of it by elfpatch.py.
#include <stdio.h>

int main(void) {
    puts("main ran");
    return 0;
}
