// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that does nothing: what matters happens before main.
#include <unistd.h>

int main(void) {
    static const char message[] = "main ran\n";

    return write(STDOUT_FILENO, message, sizeof message - 1) < 0;
}
