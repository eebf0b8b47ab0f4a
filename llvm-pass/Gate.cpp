// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// From annotations to gates: who is gated, and which side this module is on.

#include "Gate.h"
#include "Diagnose.h"
#include "GateAnnotations.h"
#include "GateRecords.h"
#include "mpkgate.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/IR/InstrTypes.h"

using namespace llvm;

namespace mpkgate {
namespace {

struct GatedFunction {
    GlobalValue *Symbol;  // the function, or an alias of it
    Function *Underlying; // the function whose type counts
    Annotation Where;
    Gate Parsed;
    GateSignature Signature;
};

bool isDefinition(const GatedFunction &F) {
    return !F.Underlying->isDeclaration();
}

// A definition that every including translation unit repeats would make each of them the vault.
std::optional<GateError> checkLinkage(const GatedFunction &F) {
    if (!isDefinition(F) || F.Symbol->hasExternalLinkage() || F.Symbol->hasWeakLinkage())
        return std::nullopt;
    if (F.Symbol->hasLocalLinkage())
        return GateError{"a gated function cannot be static", 0};
    return GateError{"a gated function cannot be inline: define it in one translation unit of the vault", 0};
}

// Resolves, parses and checks one annotation. Reports what is wrong with it.
bool readGate(const Annotation &Where, GatedFunction &Out) {
    Out.Symbol = Where.Target;
    Out.Underlying = dyn_cast_or_null<Function>(Where.Target->getAliaseeObject());
    Out.Where = Where;
    if (!Out.Underlying) {
        errorInSource(Where.Target->getContext(), Where.File, Where.Line, Where.Text,
                      "'" + Where.Target->getName() + "' has a gate but is not a function");
        return false;
    }
    std::optional<GateError> Error = parseGate(Where.Text, Out.Parsed);
    if (!Error)
        Error = checkLinkage(Out);
    if (!Error)
        Error = buildSignature(*Out.Underlying, Out.Parsed, Out.Signature);
    if (Error)
        gateError(*Out.Underlying, Where, *Error);
    return !Error;
}

// A second declaration may repeat the gate, not change it.
bool agrees(const GatedFunction &First, const GatedFunction &Again) {
    if (First.Signature.Hash == Again.Signature.Hash)
        return true;
    gateError(*Again.Underlying, Again.Where,
              GateError{"another declaration has the gate '" + First.Where.Text + "'", 0});
    return false;
}

using GatedFunctions = MapVector<GlobalValue *, GatedFunction>;

// Nothing if any gate is wrong.
std::optional<GatedFunctions> readGates(const Module &M) {
    GatedFunctions Gates;
    bool Good = true;
    for (const Annotation &Where : findAnnotations(M, MPK_GATE_PREFIX)) {
        GatedFunction F = {};
        if (!readGate(Where, F)) {
            Good = false;
            continue;
        }
        auto [Position, Inserted] = Gates.insert({F.Symbol, F});
        if (!Inserted && !agrees(Position->second, F))
            Good = false;
    }
    if (!Good)
        return std::nullopt;
    return Gates;
}

// In the vault's image a call to another gated function needs no gate.
void remarkPlainCalls(const Function &Declaration) {
    for (const Use &U : Declaration.uses())
        if (const auto *Call = dyn_cast<CallBase>(U.getUser()); Call && Call->isCallee(&U))
            remarkMissed(
                *Call, "SameImage",
                "call to " + symbolName(Declaration) +
                    " is not gated: this translation unit defines gated functions, so it is the vault's");
}

} // namespace

mpkgate_role gateModule(Module &M) {
    std::optional<GatedFunctions> Gates = readGates(M);
    if (!Gates || Gates->empty())
        return MPKGATE_ROLE_PLAIN;
    removeAnnotations(M, MPK_GATE_PREFIX);
    bool IsVault = any_of(*Gates, [](const auto &Entry) { return isDefinition(Entry.second); });
    for (auto &[Symbol, F] : *Gates) {
        if (!IsVault)
            createThunk(*F.Underlying, F.Parsed, F.Signature);
        else if (isDefinition(F))
            createExport(*Symbol, *F.Underlying, F.Parsed, F.Signature);
        else
            remarkPlainCalls(*F.Underlying);
    }
    return IsVault ? MPKGATE_ROLE_VAULT : MPKGATE_ROLE_CLIENT;
}

} // namespace mpkgate
