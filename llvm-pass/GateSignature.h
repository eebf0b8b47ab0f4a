// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A gate string applied to a function type: the argument block, the table of pointer arguments, the hash.
// The client's thunk and the vault's stub are both made from this, so they cannot disagree.
#ifndef MPKGATE_GATE_SIGNATURE_H
#define MPKGATE_GATE_SIGNATURE_H

#include "GateGrammar.h"
#include "llvm/IR/DerivedTypes.h"
#include "llvm/IR/Function.h"

namespace mpkgate {

struct GateSignature {
    llvm::StructType *Block =
        nullptr; // { return type unless void; arguments; request if there are callbacks }
    // The returned structure itself stands in the block, in the place of the hidden pointer to it.
    bool ReturnsInBlock = false;
    bool HasReturn = false;
    bool HasRequest = false;      // the last field is a struct mpkgate_request
    unsigned HiddenArguments = 0; // 1 if the first argument is the hidden pointer of sret
    std::vector<mpkgate_argument> Arguments;
    uint64_t Hash = 0;

    unsigned requestField() const {
        return Block->getNumElements() - 1;
    }

    unsigned field(unsigned Argument) const {
        return Argument + (HasReturn ? 1 : 0);
    }
};

// Checks that the gate covers the function's type and that a gate can carry it. Returns the first error, or
// nothing and fills Out.
std::optional<GateError> buildSignature(const llvm::Function &F, const Gate &G, GateSignature &Out);

// Of the attributes of a parameter or return value, those that the calling convention needs. The rest are
// promises about the function's effects (nocapture, readonly, ...), which are not true of thunk and stub.
llvm::AttributeSet conventionAttributes(llvm::LLVMContext &Context, llvm::AttributeSet Declared);

// The same for a whole function; function attributes are left out.
llvm::AttributeList conventionAttributes(const llvm::Function &F);

} // namespace mpkgate

#endif
