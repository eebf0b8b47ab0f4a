// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// llvm.global.annotations is an array of { target, text, file, line, arguments }.

#include "GateAnnotations.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/ValueHandle.h"

using namespace llvm;

namespace mpkgate {
namespace {

constexpr StringRef AnnotationsName = "llvm.global.annotations";

const ConstantArray *annotationArray(const Module &M) {
    const GlobalVariable *Annotations = M.getNamedGlobal(AnnotationsName);
    if (!Annotations || !Annotations->hasInitializer())
        return nullptr;
    return dyn_cast<ConstantArray>(Annotations->getInitializer());
}

StringRef stringOperand(const Constant *Entry, unsigned Index) {
    StringRef Text;
    getConstantStringInfo(Entry->getAggregateElement(Index), Text);
    return Text;
}

} // namespace

std::vector<Annotation> findAnnotations(const Module &M, StringRef Prefix) {
    std::vector<Annotation> Found;
    const ConstantArray *Entries = annotationArray(M);
    if (!Entries)
        return Found;
    for (const Use &Operand : Entries->operands()) {
        const auto *Entry = cast<Constant>(Operand.get());
        StringRef Text = stringOperand(Entry, 1);
        auto *Target = dyn_cast<GlobalValue>(Entry->getAggregateElement(0u)->stripPointerCasts());
        if (!Target || !Text.consume_front(Prefix))
            continue;
        const auto *Line = dyn_cast<ConstantInt>(Entry->getAggregateElement(3));
        Found.push_back({Target, Text.str(), stringOperand(Entry, 2).str(),
                         Line ? static_cast<unsigned>(Line->getZExtValue()) : 0});
    }
    return Found;
}

void removeAnnotations(Module &M, StringRef Prefix) {
    const ConstantArray *Entries = annotationArray(M);
    if (!Entries)
        return;
    SmallVector<Constant *, 16> Kept;
    SmallVector<WeakTrackingVH, 16> Strings;
    for (const Use &Operand : Entries->operands()) {
        auto *Entry = cast<Constant>(Operand.get());
        if (!stringOperand(Entry, 1).starts_with(Prefix))
            Kept.push_back(Entry);
        else // text and file name
            Strings.append({Entry->getAggregateElement(1), Entry->getAggregateElement(2)});
    }
    if (Strings.empty())
        return;
    GlobalVariable *Old = M.getNamedGlobal(AnnotationsName);
    if (!Kept.empty()) {
        ArrayType *Type = ArrayType::get(Kept[0]->getType(), Kept.size());
        auto *New = new GlobalVariable(M, Type, Old->isConstant(), Old->getLinkage(),
                                       ConstantArray::get(Type, Kept), "", Old);
        New->copyAttributesFrom(Old);
        New->takeName(Old);
    }
    Old->eraseFromParent();
    for (WeakTrackingVH &Handle : Strings) {
        auto *String = dyn_cast_or_null<GlobalVariable>(static_cast<Value *>(Handle));
        if (!String)
            continue;
        String->removeDeadConstantUsers();
        if (String->use_empty() && String->hasLocalLinkage())
            String->eraseFromParent();
    }
}

} // namespace mpkgate
