// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A library of functions that say WHO they are. With GATES, compiled with the pass, it has a gate, which
// nothing enters here, and so is a client library. With HIDDEN, by_call has no default version; with BOTH,
// another one is that.
#ifdef GATES
#include <mpkgate.h>
MPK_GATE("") int vault_number(void);
int number(void) {
    return vault_number();
}
#endif

#define ASKED(name)                                                                                          \
    const char *name(void) {                                                                                 \
        return WHO;                                                                                          \
    }

#if defined BOTH
const char *newer(void) {
    return "a newer version";
}
__asm__(".symver newer, by_call@@NEW_1");
ASKED(called)
__asm__(".symver called, by_call@OLD_1");
#elif defined HIDDEN
__attribute__((visibility("default"))) ASKED(called) __asm__(".symver called, by_call@NEW_1");
#else
ASKED(by_call)
#endif
ASKED(by_slot)
ASKED(by_tail)
ASKED(by_condition)
ASKED(by_data)
ASKED(by_load)
