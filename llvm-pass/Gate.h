// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The two sides of a gate. Both consume the gate annotations of the module.
#ifndef MPKGATE_GATE_H
#define MPKGATE_GATE_H

#include "GateSignature.h"
#include "llvm/IR/Module.h"

namespace mpkgate {

// Gates the module: as the vault's if it defines a gated function, as a client's if it only declares some.
// Returns the role. Errors are reported through the module's context.
mpkgate_role gateModule(llvm::Module &M);

// Client: replaces every use of the declaration by a thunk and adds slot and import record.
void createThunk(llvm::Function &Declaration, const Gate &G, const GateSignature &Signature);

// Vault: adds the `call` stub, the argument table and the export record. Symbol is the definition or an alias
// of it.
void createExport(llvm::GlobalValue &Symbol, llvm::Function &Definition, const Gate &G,
                  const GateSignature &Signature);

} // namespace mpkgate

#endif
