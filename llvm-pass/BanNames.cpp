// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The functions that client code may not name (A4: whoever can call them needs no wrpkru of his own).

#include "BanNames.h"
#include "llvm/ADT/STLExtras.h"

using namespace llvm;

namespace mpkgate {

bool isBannedName(StringRef Symbol) {
    // pkeys(7); glibc defines them as wrappers, pkey_set with a wrpkru inside.
    bool IsGlibc = is_contained({"pkey_alloc", "pkey_free", "pkey_get", "pkey_set", "pkey_mprotect"}, Symbol);
    // libmpk (Park et al., USENIX ATC 2019): the whole mpk_ name space, and its mpt_ page-table helpers.
    return IsGlibc || Symbol.starts_with("mpk_") || Symbol.starts_with("mpt_");
}

// arch/x86/entry/syscalls/syscall_64.tbl; the x32 numbers are the same with bit 30 set.
std::optional<StringRef> bannedSystemCall(uint64_t Number) {
    switch (Number & ~(UINT64_C(1) << 30)) {
    case 329:
        return "pkey_mprotect";
    case 330:
        return "pkey_alloc";
    case 331:
        return "pkey_free";
    default:
        return std::nullopt;
    }
}

} // namespace mpkgate
