// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A library that says when it starts.
#include <unistd.h>

int library_function(void) {
    return 1;
}

__attribute__((constructor)) static void start(void) {
    static const char message[] = "library constructor\n";
    if (write(1, message, sizeof(message) - 1) < 0)
        _exit(1);
}
