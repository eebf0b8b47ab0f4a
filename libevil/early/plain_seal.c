// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libplainseal.so: what a runtime looks like that relies on DT_INIT (-z initfirst) alone: its constructor
// runs before any other code of the process, as long as ld.so was given nothing hostile. The attacks on that
// (A50, A51, A54, A55) are shown against it, under the ordinary ld.so. Linked without start files: its
// constructor is its only code.
#include <unistd.h>

__attribute__((constructor)) static void seal(void) {
    static const char message[] = "seal ran\n";

    if (write(STDOUT_FILENO, message, sizeof message - 1) < 0)
        _exit(2);
}
