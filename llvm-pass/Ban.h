// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What client code may not contain: instructions and calls that change protection keys.
#ifndef MPKGATE_BAN_H
#define MPKGATE_BAN_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/Module.h"

namespace mpkgate {

enum class BanAction { Error, Replace };

// What to do about a hit. The environment variable MPKGATE_BAN (error or replace) sets it for the whole
// module, the attribute annotate("mpkgate-ban:replace") or annotate("mpkgate-ban:error") for one function.
struct BanPolicy {
    BanAction Module = BanAction::Error;
    llvm::DenseMap<const llvm::Function *, BanAction> Functions;
    uint32_t Replaced = 0; // hits replaced so far

    BanAction actionIn(const llvm::Function *F) const {
        auto Found = Functions.find(F);
        return Found == Functions.end() ? Module : Found->second;
    }
};

BanPolicy readBanPolicy(const llvm::Module &M);

// Calls and addresses of banned functions, banned intrinsics, system calls and dlsym by constant.
void banCalls(llvm::Module &M, BanPolicy &Policy);

// Inline and module-level assembly, judged by the bytes it assembles to.
void banAssembly(llvm::Module &M, BanPolicy &Policy);

// Puts a trap in place of the instruction and what follows it in its block.
void replaceByTrap(llvm::Instruction &I);

// A function of the given type that says once on stderr that What was refused, sets errno to EPERM and
// returns -1 (null if ReturnsNull).
llvm::Function *refusingStub(llvm::Module &M, llvm::StringRef What, llvm::FunctionType *Type,
                             bool ReturnsNull);

} // namespace mpkgate

#endif
