// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The lean gate: gates.S under other names, without what a lean image cannot touch.
#define GATE_LEAN
#define mpkgate_gates_begin mpkgate_lean_gates_begin
#define mpkgate_gates_end mpkgate_lean_gates_end
#define mpkgate_gate_ mpkgate_lean_gate_
#define mpkgate_gate_finish mpkgate_lean_gate_finish
#define mpkgate_gate_suspend mpkgate_lean_gate_suspend
#define mpkgate_wrpkru_ mpkgate_lean_wrpkru_
#define mpkgate_wrpkru_close mpkgate_lean_wrpkru_close
#define mpkgate_xabort_ mpkgate_lean_xabort_
#define mpkgate_open_ mpkgate_lean_open_
#define mpkgate_check_ mpkgate_lean_check_
#include "gates.S"
