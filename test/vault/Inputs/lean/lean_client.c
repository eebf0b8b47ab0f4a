// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Calls the small image: right answers, the client's control state kept, nothing of the image's left in a
// register.
#include "lean.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <xmmintrin.h>

// lean_look.S: calls the function; then the general registers that a call may change, and xmm0 to 15, as they
// are.
struct look {
    uint64_t general[9];
    uint64_t vector[32];
};
void lean_look(void (*function)(void), struct look *look);

static int answers_are_right(void) {
    uint8_t bytes[1000];
    lean_count(bytes, sizeof(bytes), 7);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        if (bytes[i] != (uint8_t)(7 + i))
            return 0;
    }
    return lean_add(UINT64_C(0xffffffff00000000), 0x12345678) == UINT64_C(0xffffffff12345678);
}

// The lean gate does not save these, because the image does not touch them.
static int state_is_kept(void) {
    volatile float third = 3;
    unsigned rounding = _MM_ROUND_UP | _MM_EXCEPT_INEXACT;
    unsigned before = (_mm_getcsr() & ~0x603fu) | rounding;
    _mm_setcsr(before);
    third = 1 / third;
    uint64_t sum = lean_add(1, 2);
    unsigned after = _mm_getcsr();
    _mm_setcsr(0x1f80);
    uint16_t control = 0;
    __asm__ volatile("fnstcw %0" : "=m"(control));
    return sum == 3 && after == before && control == 0x37f && third > 0;
}

static unsigned secrets_left(void) {
    struct look look;
    unsigned left = 0;
    memset(&look, 0, sizeof(look));
    lean_look(lean_leave_secrets, &look);
    for (size_t i = 0; i < sizeof(look.general) / 8; i++)
        left += look.general[i] == LEAN_SECRET;
    for (size_t i = 0; i < sizeof(look.vector) / 8; i++)
        left += look.vector[i] != 0;
    return left;
}

int main(void) {
    int right = answers_are_right();
    int kept = state_is_kept();
    unsigned left = secrets_left();
    printf("answers: %s, control state: %s, registers with secrets: %u\n", right ? "right" : "WRONG",
           kept ? "kept" : "CHANGED", left);
    return right && kept && left == 0 ? 0 : 1;
}
