// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything in which LLVM 19 and LLVM 22 differ for this plugin. No other file may ask for the version.
#ifndef MPKGATE_LLVM_COMPAT_H
#define MPKGATE_LLVM_COMPAT_H

#include "llvm/ADT/MapVector.h"
#include "llvm/Config/llvm-config.h"

#if LLVM_VERSION_MAJOR >= 22
#include "llvm/Plugins/PassPlugin.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif
#include "llvm/IR/Intrinsics.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

namespace mpkgate {

inline llvm::Function *intrinsicDeclaration(llvm::Module &M, llvm::Intrinsic::ID Id) {
#if LLVM_VERSION_MAJOR >= 20
    return llvm::Intrinsic::getOrInsertDeclaration(&M, Id);
#else
    return llvm::Intrinsic::getDeclaration(&M, Id);
#endif
}

inline llvm::Triple targetTriple(const llvm::Module &M) {
    return llvm::Triple(M.getTargetTriple());
}

// What GEPOperator::collectOffset fills.
#if LLVM_VERSION_MAJOR >= 20
using VariableOffsets = llvm::SmallMapVector<llvm::Value *, llvm::APInt, 4>;
#else
using VariableOffsets = llvm::MapVector<llvm::Value *, llvm::APInt>;
#endif

// Calls Add with the pass manager at the end of optimisation.
template <typename Callback> void registerOptimizerLast(llvm::PassBuilder &Builder, Callback Add) {
#if LLVM_VERSION_MAJOR >= 20
    Builder.registerOptimizerLastEPCallback([Add](llvm::ModulePassManager &Passes, llvm::OptimizationLevel,
                                                  llvm::ThinOrFullLTOPhase) { Add(Passes); });
#else
    Builder.registerOptimizerLastEPCallback(
        [Add](llvm::ModulePassManager &Passes, llvm::OptimizationLevel) { Add(Passes); });
#endif
}

// The code generator for Triple, or nothing.
inline std::unique_ptr<llvm::TargetMachine> createTargetMachine(const llvm::Triple &Triple) {
#if LLVM_VERSION_MAJOR >= 22
    const llvm::Triple &Name = Triple;
#else
    const std::string &Name = Triple.str();
#endif
    std::string Error;
    const llvm::Target *Target = llvm::TargetRegistry::lookupTarget(Name, Error);
    if (!Target)
        return nullptr;
    return std::unique_ptr<llvm::TargetMachine>(
        Target->createTargetMachine(Name, "", "", llvm::TargetOptions(), llvm::Reloc::PIC_));
}

} // namespace mpkgate

#endif
