// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What clang and opt load. Gates and bans run before any optimisation, where the source locations are exact;
// constants are blinded after it.

#include "Ban.h"
#include "Blind.h"
#include "Diagnose.h"
#include "Gate.h"
#include "LLVMCompat.h"
#include "Note.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/raw_ostream.h"
#include <dlfcn.h>

using namespace llvm;

namespace {

class GatePass : public PassInfoMixin<GatePass> {
  public:
    PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
        Triple Target = mpkgate::targetTriple(M);
        if (Target.getArch() != Triple::x86_64 || Target.isX32())
            return unsupported(M);
        mpkgate_role Role = mpkgate::gateModule(M);
        uint32_t Replaced = 0;
        if (Role != MPKGATE_ROLE_VAULT && !mpkgate::hasVaultNote(M)) {
            mpkgate::BanPolicy Policy = mpkgate::readBanPolicy(M);
            mpkgate::banCalls(M, Policy);
            mpkgate::banAssembly(M, Policy);
            Replaced = Policy.Replaced;
        }
        mpkgate::addNote(M, Role, Replaced);
        return PreservedAnalyses::none();
    }

    static bool isRequired() {
        return true;
    }

  private:
    static PreservedAnalyses unsupported(const Module &M) {
        mpkgate::errorInModule(M, "MPKGate needs x86-64: protection keys for user pages exist nowhere else");
        return PreservedAnalyses::all();
    }
};

class BlindPass : public PassInfoMixin<BlindPass> {
  public:
    PreservedAnalyses run(Module &M, ModuleAnalysisManager &) {
        if (!mpkgate::blindConstants(M))
            return PreservedAnalyses::all();
        return PreservedAnalyses::none();
    }

    static bool isRequired() {
        return true;
    }
};

void registerCallbacks(PassBuilder &Builder) {
    Builder.registerPipelineStartEPCallback(
        [](ModulePassManager &Passes, OptimizationLevel) { Passes.addPass(GatePass()); });
    mpkgate::registerOptimizerLast(Builder, [](ModulePassManager &Passes) { Passes.addPass(BlindPass()); });
    Builder.registerFullLinkTimeOptimizationLastEPCallback(
        [](ModulePassManager &Passes, OptimizationLevel) { Passes.addPass(BlindPass()); });
    Builder.registerPipelineParsingCallback(
        [](StringRef Name, ModulePassManager &Passes, ArrayRef<PassBuilder::PipelineElement>) {
            if (Name != "mpkgate")
                return false;
            Passes.addPass(GatePass());
            Passes.addPass(BlindPass());
            return true;
        });
}

// LLVM_PLUGIN_API_VERSION is the same in majors whose C++ interfaces differ; without this check a plugin of
// the wrong major crashes the compiler. LLVMGetVersion has a C interface.
bool isOurLLVM() {
    using GetVersion = void (*)(unsigned *, unsigned *, unsigned *);
    auto Get = reinterpret_cast<GetVersion>(dlsym(RTLD_DEFAULT, "LLVMGetVersion"));
    unsigned Major = 0;
    if (Get)
        Get(&Major, nullptr, nullptr);
    if (Major == LLVM_VERSION_MAJOR)
        return true;
    fprintf(stderr,
            "error: MPKGate.so was built for LLVM %d, but this compiler is of LLVM %u: use clang-%d, or "
            "build MPKGate "
            "with -DMPKGATE_LLVM=%u\n",
            LLVM_VERSION_MAJOR, Major, LLVM_VERSION_MAJOR, Major);
    return false;
}

} // namespace

extern "C" __attribute__((visibility("default"))) PassPluginLibraryInfo llvmGetPassPluginInfo() {
    if (!isOurLLVM())
        return {0, "MPKGate", MPKGATE_VERSION, nullptr};
    return {LLVM_PLUGIN_API_VERSION, "MPKGate", MPKGATE_VERSION, registerCallbacks};
}
