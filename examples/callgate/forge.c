// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a hostile program would do: ask the signer itself.
#include <stdio.h>

#include "signer.h"

int main(void) {
    struct signer_tag tag = signer_assert(42, 1000);
    printf("forged: %d\n", (tag.first | tag.second) != 0);
    return 0;
}
