// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ban on names: intrinsics, glibc's pkey_* and libmpk's functions however they are used, and the two ways
// around their names that a constant gives away, syscall() and dlsym().

#include "Ban.h"
#include "BanNames.h"
#include "Diagnose.h"
#include "GateRecords.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicsX86.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/IR/ValueHandle.h"

#define DEBUG_TYPE "mpkgate"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumReplacedCalls, "Number of banned calls and addresses replaced");
ALWAYS_ENABLED_STATISTIC(NumReplacedIntrinsics, "Number of banned intrinsics replaced by traps");

namespace mpkgate {
namespace {

constexpr const char *Reason = ": client code must not change protection keys";

bool isBannedIntrinsic(const Function &F) {
    switch (F.getIntrinsicID()) {
    case Intrinsic::x86_wrpkru:
    case Intrinsic::x86_xrstor:
    case Intrinsic::x86_xrstor64:
    case Intrinsic::x86_xrstors:
    case Intrinsic::x86_xrstors64:
        return true;
    default:
        return false;
    }
}

void banIntrinsicAt(CallBase &Call, const Twine &What, BanPolicy &Policy) {
    if (Policy.actionIn(Call.getFunction()) == BanAction::Error)
        return errorAt(Call, What + Reason);
    remarkDone(Call, "Replaced", What + ", replaced by a trap");
    replaceByTrap(Call);
    Policy.Replaced++;
    NumReplacedIntrinsics++;
}

// _wrpkru and _xrstor are always-inline functions of a compiler header; the user's line is that of the
// caller.
bool isHeaderWrapper(const Function &F) {
    return F.hasLocalLinkage() && F.hasFnAttribute(Attribute::AlwaysInline) && !F.hasAddressTaken();
}

void banIntrinsic(Function &F, BanPolicy &Policy) {
    SmallSetVector<Function *, 2> Wrappers;
    SmallVector<WeakTrackingVH, 8> Calls;
    for (User *U : F.users()) {
        auto *Call = cast<CallBase>(U); // the address of an intrinsic cannot be taken
        if (isHeaderWrapper(*Call->getFunction()))
            Wrappers.insert(Call->getFunction());
        else
            Calls.push_back(Call);
    }
    for (Function *Wrapper : Wrappers)
        Calls.append(Wrapper->user_begin(), Wrapper->user_end());
    for (WeakTrackingVH &Handle : Calls) {
        auto *Call = dyn_cast_or_null<CallBase>(static_cast<Value *>(Handle));
        if (!Call)
            continue; // lay behind a trap
        const Function *Callee = Call->getCalledFunction();
        std::string What = "intrinsic " + F.getName().str();
        if (Callee != &F)
            What = "call to " + Callee->getName().str() + ", which is " + What;
        banIntrinsicAt(*Call, What, Policy);
    }
    for (Function *Wrapper : Wrappers)
        if (Wrapper->use_empty())
            Wrapper->eraseFromParent();
}

// mpk_malloc and the like report failure as malloc does; mpk_mmap as mmap does.
bool failsWithNull(const Function &F) {
    return F.getReturnType()->isPointerTy() && symbolName(F).ends_with("alloc");
}

void banUse(Use &U, Instruction &I, Function &F, BanPolicy &Policy) {
    StringRef Symbol = symbolName(F);
    auto *Call = dyn_cast<CallBase>(&I);
    std::string What = (Call && Call->isCallee(&U) ? "call to " : "address of ") + Symbol.str();
    if (Policy.actionIn(I.getFunction()) == BanAction::Error)
        return errorAt(I, What + Reason);
    U.set(refusingStub(*F.getParent(), Symbol, F.getFunctionType(), failsWithNull(F)));
    remarkDone(I, "Replaced", What + " replaced by a stub that fails with EPERM");
    Policy.Replaced++;
    NumReplacedCalls++;
}

// The variables whose initializers hold the constant.
void collectVariables(Constant *C, SetVector<GlobalVariable *> &Variables) {
    for (User *U : C->users()) {
        if (auto *V = dyn_cast<GlobalVariable>(U)) {
            if (!V->getName().starts_with("llvm."))
                Variables.insert(V);
        } else if (auto *Outer = dyn_cast<Constant>(U); Outer && !isa<GlobalValue>(Outer)) {
            collectVariables(Outer, Variables);
        }
    }
}

void banFunction(Function &F, BanPolicy &Policy) {
    Module &M = *F.getParent();
    convertUsersOfConstantsToInstructions({&F});
    SmallVector<Use *, 8> Uses;
    for (Use &U : F.uses())
        if (isa<Instruction>(U.getUser()))
            Uses.push_back(&U);
    for (Use *U : Uses)
        banUse(*U, *cast<Instruction>(U->getUser()), F, Policy);
    SetVector<GlobalVariable *> Variables;
    collectVariables(&F, Variables);
    for (GlobalVariable *V : Variables)
        if (Policy.Module == BanAction::Error)
            errorInInitializer(*V, "address of " + symbolName(F) + Reason);
    if (Variables.empty() || Policy.Module == BanAction::Error)
        return;
    Policy.Replaced += Variables.size();
    NumReplacedCalls += Variables.size();
    F.replaceAllUsesWith(refusingStub(M, symbolName(F), F.getFunctionType(), failsWithNull(F)));
}

void banCall(CallBase &Call, const Twine &What, StringRef Stub, bool ReturnsNull, BanPolicy &Policy) {
    if (Policy.actionIn(Call.getFunction()) == BanAction::Error)
        return errorAt(Call, What + Reason);
    Call.setCalledOperand(refusingStub(*Call.getModule(), Stub, Call.getFunctionType(), ReturnsNull));
    remarkDone(Call, "Replaced", What + " replaced by a stub that fails with EPERM");
    Policy.Replaced++;
    NumReplacedCalls++;
}

// syscall(SYS_pkey_alloc, ...) and dlsym(handle, "pkey_set").
void banByConstant(CallBase &Call, StringRef Callee, BanPolicy &Policy) {
    if (Callee == "syscall" && Call.arg_size() > 0) {
        const auto *Number = dyn_cast<ConstantInt>(Call.getArgOperand(0));
        if (!Number || Number->getBitWidth() > 64)
            return;
        if (std::optional<StringRef> Name = bannedSystemCall(Number->getZExtValue()))
            banCall(Call, "system call " + *Name, ("syscall(" + *Name + ")").str(), false, Policy);
    } else if ((Callee == "dlsym" || Callee == "dlvsym") && Call.arg_size() > 1) {
        StringRef Name;
        if (getConstantStringInfo(Call.getArgOperand(1), Name) && isBannedName(Name))
            banCall(Call, "look-up of " + Name, (Callee + "(" + Name + ")").str(), true, Policy);
    }
}

void banConstants(Module &M, BanPolicy &Policy) {
    for (StringRef Callee : {"syscall", "dlsym", "dlvsym"}) {
        Function *F = M.getFunction(Callee);
        if (!F || !F->isDeclaration())
            continue;
        for (User *U : make_early_inc_range(F->users()))
            if (auto *Call = dyn_cast<CallBase>(U); Call && Call->getCalledFunction() == F)
                banByConstant(*Call, Callee, Policy);
    }
}

} // namespace

void banCalls(Module &M, BanPolicy &Policy) {
    SmallVector<Function *, 8> Intrinsics;
    SmallVector<Function *, 8> Functions;
    for (Function &F : M) {
        if (isBannedIntrinsic(F))
            Intrinsics.push_back(&F);
        else if (F.isDeclaration() && !F.isIntrinsic() && isBannedName(symbolName(F)))
            Functions.push_back(&F);
    }
    for (Function *F : Intrinsics)
        banIntrinsic(*F, Policy);
    for (Function *F : Functions)
        banFunction(*F, Policy);
    banConstants(M, Policy);
}

} // namespace mpkgate
