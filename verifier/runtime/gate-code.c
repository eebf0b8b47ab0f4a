// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gates that there are, and what is where in them.
#include "gate-layout.h"
#include "plan.h"
#include "ulk-layout.h"

#define LABELS(prefix)                                                                                       \
    extern const unsigned char prefix##gates_begin[], prefix##gates_end[], prefix##gate_crypto[],            \
        prefix##gate_manage[], prefix##gate_suspend[], prefix##wrpkru_crypto[], prefix##wrpkru_manage[],     \
        prefix##wrpkru_close[], prefix##xabort_crypto[], prefix##xabort_manage[], prefix##open_crypto[],     \
        prefix##open_manage[], prefix##check_crypto[], prefix##check_manage[]
#define CODE(prefix)                                                                                         \
    {                                                                                                        \
        .begin = prefix##gates_begin,                                                                        \
        .end = prefix##gates_end,                                                                            \
        .gate = {prefix##gate_crypto, prefix##gate_manage},                                                  \
        .suspend = prefix##gate_suspend,                                                                     \
        .wrpkru = {prefix##wrpkru_crypto, prefix##wrpkru_manage, prefix##wrpkru_close},                      \
        .xabort = {prefix##xabort_crypto, prefix##xabort_manage},                                            \
        .open = {prefix##open_crypto, prefix##open_manage},                                                  \
        .check = {prefix##check_crypto, prefix##check_manage},                                               \
    }

LABELS(mpkgate_);
LABELS(mpkgate_lean_);

const struct gate_code mpkgate_gate_codes[] = {
    [MPKGATE_GATE_FULL] = CODE(mpkgate_),
    [MPKGATE_GATE_LEAN] = CODE(mpkgate_lean_),
};

#define PLACE(name) extern const unsigned char mpkgate_ulk_##name[]
PLACE(begin);
PLACE(end);
PLACE(gate);
PLACE(rdpkru);
PLACE(wrpkru_in);
PLACE(wrpkru_enter);
PLACE(wrpkru_leave);
PLACE(wrpkru_back);
PLACE(xabort_in);
PLACE(xabort_enter);
PLACE(xabort_leave);
PLACE(xabort_back);
PLACE(secret_caller);
PLACE(secret_server);

const struct ulk_code mpkgate_ulk_code = {
    .begin = mpkgate_ulk_begin,
    .end = mpkgate_ulk_end,
    .gate = mpkgate_ulk_gate,
    .rdpkru = mpkgate_ulk_rdpkru,
    .wrpkru = {mpkgate_ulk_wrpkru_in, mpkgate_ulk_wrpkru_enter, mpkgate_ulk_wrpkru_leave,
               mpkgate_ulk_wrpkru_back},
    .xabort = {mpkgate_ulk_xabort_in, mpkgate_ulk_xabort_enter, mpkgate_ulk_xabort_leave,
               mpkgate_ulk_xabort_back},
    .secret = {mpkgate_ulk_secret_caller, mpkgate_ulk_secret_server},
};
