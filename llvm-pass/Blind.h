// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constants whose encoding would spell a banned instruction.
#ifndef MPKGATE_BLIND_H
#define MPKGATE_BLIND_H

#include "llvm/IR/Module.h"

namespace mpkgate {

// Splits such constants so that they reach the object in two harmless halves. Run at the end of optimisation.
// Returns true if it changed something.
bool blindConstants(llvm::Module &M);

} // namespace mpkgate

#endif
