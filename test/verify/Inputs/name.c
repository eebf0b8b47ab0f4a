// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that holds a file name of the test's choice.
#include <stdio.h>

extern const char name[];
__attribute__((used)) const char name[] = NAME;

int main(void) {
    puts("main ran");
    return 0;
}
