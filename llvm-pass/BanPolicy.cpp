// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Error or replace: for the module by environment (clang up to 19 refuses options of plugins), for a function
// by attribute.

#include "Ban.h"
#include "Diagnose.h"
#include "GateAnnotations.h"
#include "llvm/ADT/StringSwitch.h"
#include <cstdlib>

using namespace llvm;

namespace mpkgate {
namespace {

constexpr const char *Variable = "MPKGATE_BAN";
constexpr const char *Prefix = "mpkgate-ban:";

std::optional<BanAction> parseAction(StringRef Text) {
    return StringSwitch<std::optional<BanAction>>(Text)
        .Case("error", BanAction::Error)
        .Case("replace", BanAction::Replace)
        .Default(std::nullopt);
}

} // namespace

BanPolicy readBanPolicy(const Module &M) {
    BanPolicy Policy;
    if (const char *Value = std::getenv(Variable)) {
        if (std::optional<BanAction> Action = parseAction(Value))
            Policy.Module = *Action;
        else
            M.getContext().emitError(Twine(Variable) + "=" + Value + ": expected error or replace");
    }
    for (const Annotation &Where : findAnnotations(M, Prefix)) {
        auto *F = dyn_cast<Function>(Where.Target);
        std::optional<BanAction> Action = parseAction(Where.Text);
        if (F && Action)
            Policy.Functions[F] = *Action;
        else
            errorInSource(M.getContext(), Where.File, Where.Line, Prefix + Where.Text,
                          Prefix + Where.Text +
                              ": expected a function with mpkgate-ban:error or mpkgate-ban:replace");
    }
    return Policy;
}

} // namespace mpkgate
