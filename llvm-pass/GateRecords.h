// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building blocks of the import and export records of include/mpkgate-abi.h.
#ifndef MPKGATE_GATE_RECORDS_H
#define MPKGATE_GATE_RECORDS_H

#include "llvm/IR/Module.h"

namespace mpkgate {

// The name that the linker sees.
llvm::StringRef symbolName(const llvm::GlobalValue &V);

// A read-only NUL-terminated string.
llvm::GlobalVariable *createString(llvm::Module &M, llvm::StringRef Text);

// One 32-bit reference of a record: field number Field holds the distance from itself to Target. No
// relocation remains after linking, so the record can lie in a read-only PT_LOAD.
llvm::Constant *relativeReference(llvm::GlobalVariable *Record, unsigned Field, llvm::Constant *Target);

// A zeroed record of the given type in the given section; the caller sets the initializer.
llvm::GlobalVariable *createRecord(llvm::Module &M, llvm::StructType *Type, const llvm::Twine &Name,
                                   llvm::StringRef Section);

// No sanitizer may put red zones around data whose layout is an interface.
void keepLayout(llvm::GlobalVariable *V);

} // namespace mpkgate

#endif
