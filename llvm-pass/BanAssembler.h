// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Assembles in process, with the compiler's own code generator and MC, and looks at the bytes.
#ifndef MPKGATE_BAN_ASSEMBLER_H
#define MPKGATE_BAN_ASSEMBLER_H

#include "llvm/IR/Module.h"
#include <optional>
#include <string>
#include <vector>

namespace mpkgate {

// What one module's machine code has that client code must not have.
struct CodeFindings {
    // "assembles to wrpkru", "refers to pkey_set"; empty: clean.
    std::vector<std::string> What;
    // Names of the symbols that the object defines.
    std::vector<std::string> Defined;
};

// Compiles the module to an object in memory. Nothing if that fails: the compiler itself will then reject the
// same assembly with a message of its own.
std::optional<CodeFindings> inspectCode(const llvm::Module &M);

} // namespace mpkgate

#endif
