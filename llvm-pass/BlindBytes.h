// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which constants spell a banned instruction, and how to split them.
#ifndef MPKGATE_BLIND_BYTES_H
#define MPKGATE_BLIND_BYTES_H

#include "llvm/ADT/APInt.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/IR/Constants.h"
#include <vector>

namespace mpkgate {

// True if the bytes hold wrpkru or xrstor at any offset.
bool spellsBanned(llvm::ArrayRef<uint8_t> Bytes);

// True if an immediate or displacement that the code generator derives from Value (itself, negated,
// complemented, one more, one less) spells one.
bool spellsBanned(const llvm::APInt &Value);

// A mask such that neither it nor Value ^ mask, for any of the values, spells one. All values have the same
// width, at least 24 bits.
llvm::APInt chooseMask(llvm::ArrayRef<llvm::APInt> Values);

// The bytes of a constant of integers and floating-point numbers as they lie in memory; empty if it holds
// anything else.
std::vector<uint8_t> memoryBytes(const llvm::Constant *C, const llvm::DataLayout &Layout);

} // namespace mpkgate

#endif
