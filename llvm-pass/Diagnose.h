// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Errors and remarks, with source locations even where there is no debug information.
#ifndef MPKGATE_DIAGNOSE_H
#define MPKGATE_DIAGNOSE_H

#include "GateAnnotations.h"
#include "GateGrammar.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/Instruction.h"

namespace mpkgate {

// An error in a gate string. Points into the string in the source where the source can be read, else at the
// line of the declaration, and repeats the string with a caret.
void gateError(const llvm::Function &F, const Annotation &Where, const GateError &Error);

// An error at an instruction: at its debug location, else at its function (clang knows where that is).
void errorAt(const llvm::Instruction &I, const llvm::Twine &Message);

// An error about inline assembly: clang knows the exact place even without debug information.
void errorInAssembly(const llvm::Instruction &I, const llvm::Twine &Message);

// An error in a variable's initializer.
void errorInInitializer(const llvm::GlobalVariable &V, const llvm::Twine &Message);

// An error at the text of a declaration. If the file can be read and has Text near Line, it points at that.
void errorInSource(llvm::LLVMContext &Context, llvm::StringRef File, unsigned Line, llvm::StringRef Text,
                   const llvm::Twine &Message);

// An error in file-scope assembly, for which clang keeps no location: points at the occurrence number Ordinal
// (from 1) of Text in the source file if there is one.
void errorInFileAssembly(const llvm::Module &M, llvm::StringRef Text, size_t Ordinal,
                         const llvm::Twine &Message);

// An error without a place.
void errorInModule(const llvm::Module &M, const llvm::Twine &Message);

// -Rpass=mpkgate: what the pass did. -Rpass-missed=mpkgate: what it left.
void remarkDone(const llvm::Instruction &I, llvm::StringRef Name, const llvm::Twine &Message);
void remarkMissed(const llvm::Instruction &I, llvm::StringRef Name, const llvm::Twine &Message);

} // namespace mpkgate

#endif
