// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// client ACT: calls Alice and Bob, and lets Bob (or itself) act against the others. Prints what came of it; acts that
// are to fail end the process.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alice.h"
#include "bob.h"

static volatile uint64_t own_secret = UINT64_C(0xc11e475ec2e7c11e);
static uint64_t stack[4096];

static void check(const char *what, int is_right) {
    printf("%s: %s\n", what, is_right ? "right" : "WRONG");
}

static void call_all(void) {
    struct alice_pair pair = alice_swap(3, 4);
    check("eight integers, six in registers and two on the stack",
          alice_weigh(1, 2, 3, 4, 5, 6, 7, 8) == 204);
    check("a structure in two registers", pair.first == 4 && pair.second == 3);
    check("floating point", alice_pass(-1.5, 2.5f) == -1.5);
    check("the other vault", bob_mix(5, 1) == 0x105);
    check("a vault that calls a vault", alice_ask_bob(7) == (7 ^ 0xce << 8));
    check("vaults that call each other", alice_recurse(3) == 7);
    check("the client's secret", own_secret == UINT64_C(0xc11e475ec2e7c11e));
    check("Alice's secret", alice_secret_is_whole() == 1);
}

static int act(const char *name) {
    if (strcmp(name, "calls") == 0)
        call_all();
    else if (strcmp(name, "too-deep") == 0) {
        check("as deep as there is room", alice_recurse(3) == 7);
        check("deeper is refused", alice_recurse(1000) == -1);
        check("and works again", alice_recurse(3) == 7);
    } else if (strcmp(name, "read-client") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, (uint64_t)(uintptr_t)&own_secret));
    else if (strcmp(name, "write-client") == 0)
        printf("wrote: %d, %" PRIx64 "\n", (int)bob_act(BOB_WRITE, (uint64_t)(uintptr_t)&own_secret), own_secret);
    else if (strcmp(name, "kernel-client") == 0)
        printf("write(2): %d\n", (int)bob_act(BOB_ASK_KERNEL, (uint64_t)(uintptr_t)&own_secret));
    else if (strcmp(name, "read-alice") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, alice_secret_address()));
    else if (strcmp(name, "read-bob") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)bob_act(BOB_READ, bob_secret_address()));
    else if (strcmp(name, "kernel-alice") == 0)
        printf("write(2): %d\n", (int)bob_act(BOB_ASK_KERNEL, alice_secret_address()));
    else if (strcmp(name, "alice-lets-read-alice") == 0)
        printf("read %" PRIx64 "\n", (uint64_t)alice_lets_bob_act(BOB_READ, alice_secret_address()));
    else
        return 2;
    return 0;
}

int main(int argc, char **argv) {
    (void)stack;
    setbuf(stdout, NULL);
    return argc < 2 ? 2 : act(argv[1]);
}
