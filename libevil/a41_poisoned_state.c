// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A33, A41: the vault called with a CPU state that no compiler expects: no thread block at fs, string
// instructions running backwards, full x87 registers, another rounding. Code that trusts it dies or goes
// wrong; where it does neither, the attack has failed, if the client also finds its own state as it left it.
#include "evil.h"
#include "evil_asm.h"

#include <inttypes.h>
#include <string.h>
#include <vault.h>

int evil_poisoned_state(const struct evil_target *target) {
    static const uint8_t zeros[64];
    static uint8_t random[sizeof zeros];
    struct evil_state after = {0};
    int status = evil_call_poisoned(vault_generate_random, random, sizeof random, &after);

    (void)target;
    if (status != VAULT_SUCCESS)
        return evil_succeeded("vault_generate_random fails: %d", status);
    // Backwards, or not at all.
    if (memcmp(random, zeros, sizeof random / 2) == 0 ||
        memcmp(random + sizeof random / 2, zeros, sizeof random / 2) == 0)
        return evil_succeeded("vault_generate_random left half of the buffer as it was");
    if (after.fs_base != 0 || (after.mxcsr & ~UINT32_C(0x3f)) != EVIL_MXCSR ||
        after.x87_control != EVIL_X87_CONTROL)
        return evil_succeeded("the client's state is not its own: fs 0x%" PRIx64 ", MXCSR 0x%" PRIx32
                              ", x87 0x%" PRIx32,
                              after.fs_base, after.mxcsr, after.x87_control);
    return evil_failed_because("the vault works as ever, and the client's state is as it was");
}
