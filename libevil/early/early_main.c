// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A program that does nothing of its own: what matters happens before main. The protected one calls the vault
// once, as mpk-run has nothing to protect otherwise.
#include <unistd.h>

#ifdef EARLY_PROTECTED
#include <vault.h>

static int call_the_vault(void) {
    uint8_t byte;

    return vault_generate_random(&byte, sizeof byte) == VAULT_SUCCESS;
}
#else
static int call_the_vault(void) {
    return 1;
}
#endif

int main(void) {
    static const char message[] = "main ran\n";

    return !call_the_vault() || write(STDOUT_FILENO, message, sizeof message - 1) < 0;
}
