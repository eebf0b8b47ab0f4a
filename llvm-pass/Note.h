// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ELF note that tells mpk-verify that the pass saw this object.
#ifndef MPKGATE_NOTE_H
#define MPKGATE_NOTE_H

#include "mpkgate-abi.h"
#include "llvm/IR/Module.h"

namespace mpkgate {

// True if the module already carries a note of the vault's role: it is the output of an earlier run.
bool hasVaultNote(const llvm::Module &M);

// Adds the note, unless there is one that says the same.
void addNote(llvm::Module &M, mpkgate_role Role, uint32_t Replaced);

} // namespace mpkgate

#endif
