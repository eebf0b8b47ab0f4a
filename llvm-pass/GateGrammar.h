// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The gate string: text to clauses. The grammar is in include/mpkgate.h. Knows nothing of LLVM's IR.
#ifndef MPKGATE_GATE_GRAMMAR_H
#define MPKGATE_GATE_GRAMMAR_H

#include "mpkgate-abi.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <vector>

namespace mpkgate {

// What is wrong with a gate, and where in its string (0-based column).
struct GateError {
    std::string Message;
    size_t Column = 0;
};

// A number of the string, with its column for errors that are found later.
struct GateNumber {
    uint64_t Value = 0;
    size_t Column = 0;
};

// in, out, inout and str: one pointer argument. callback: a function pointer and its context.
struct PointerClause {
    size_t Column = 0; // of the clause
    GateNumber Pointer;
    mpkgate_direction Direction = MPKGATE_IN;
    mpkgate_length LengthKind = MPKGATE_LENGTH_CONSTANT;
    GateNumber Length; // bytes, or the index of the argument that holds the number of elements or the context
    GateNumber Unit;
    std::optional<GateNumber> Used; // index of the size_t * argument of out(..,cap=,len=)

    bool isCallback() const {
        return Direction == MPKGATE_READER || Direction == MPKGATE_WRITER;
    }
};

struct RefusedClause {
    int64_t Value = 0;
    size_t Column = 0;
};

struct Gate {
    std::vector<PointerClause> Pointers;
    mpkgate_class Class = MPKGATE_CLASS_CRYPTO;
    std::optional<RefusedClause> Refused;
    // The string with white space normalised: equal for equal gates, part of the signature.
    std::string Canonical;
};

// Parses Text (without MPK_GATE_PREFIX). Returns the first error, or nothing and fills Out.
std::optional<GateError> parseGate(llvm::StringRef Text, Gate &Out);

} // namespace mpkgate

#endif
