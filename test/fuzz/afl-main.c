// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// main of the AFL++ builds: many inputs a process under afl-fuzz, one on standard input without it.

#include <string.h>

#include "fuzz.h"

__AFL_FUZZ_INIT();

int main(void) {
    __AFL_INIT();
    const unsigned char *input = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(1000)) {
        // A copy of the exact size, so that a read beyond it is seen.
        size_t size = (size_t)__AFL_FUZZ_TESTCASE_LEN;
        unsigned char *copy = malloc(size > 0 ? size : 1);
        FUZZ_CHECK(copy != NULL);
        memcpy(copy, input, size);
        (void)LLVMFuzzerTestOneInput(copy, size);
        free(copy);
    }
    return 0;
}
