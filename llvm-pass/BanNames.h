// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that client code may not name.
#ifndef MPKGATE_BAN_NAMES_H
#define MPKGATE_BAN_NAMES_H

#include "llvm/ADT/StringRef.h"
#include <optional>

namespace mpkgate {

// True for glibc's pkey_* functions and the API of libmpk.
bool isBannedName(llvm::StringRef Symbol);

// The name of a system call that works on protection keys, or nothing.
std::optional<llvm::StringRef> bannedSystemCall(uint64_t Number);

} // namespace mpkgate

#endif
