// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The annotations that clang keeps in llvm.global.annotations.
#ifndef MPKGATE_GATE_ANNOTATIONS_H
#define MPKGATE_GATE_ANNOTATIONS_H

#include "llvm/IR/Module.h"
#include <vector>

namespace mpkgate {

struct Annotation {
    llvm::GlobalValue *Target;
    std::string Text; // without the prefix
    std::string File;
    unsigned Line;
};

// All annotations whose text starts with Prefix.
std::vector<Annotation> findAnnotations(const llvm::Module &M, llvm::StringRef Prefix);

// Removes those annotations, so that a second run of the pass over the same module finds nothing to do.
void removeAnnotations(llvm::Module &M, llvm::StringRef Prefix);

} // namespace mpkgate

#endif
