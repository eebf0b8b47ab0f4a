// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Building blocks of the import and export records.

#include "GateRecords.h"
#include "llvm/IR/Constants.h"

using namespace llvm;

namespace mpkgate {

StringRef symbolName(const GlobalValue &V) {
    return GlobalValue::dropLLVMManglingEscape(V.getName());
}

void keepLayout(GlobalVariable *V) {
    GlobalValue::SanitizerMetadata Metadata;
    Metadata.NoAddress = true;
    Metadata.NoHWAddress = true;
    V->setSanitizerMetadata(Metadata);
}

GlobalVariable *createString(Module &M, StringRef Text) {
    Constant *Data = ConstantDataArray::getString(M.getContext(), Text);
    auto *String = new GlobalVariable(M, Data->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                      Data, "mpkgate.name");
    String->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    String->setAlignment(Align(1));
    keepLayout(String);
    return String;
}

Constant *relativeReference(GlobalVariable *Record, unsigned Field, Constant *Target) {
    LLVMContext &Context = Record->getContext();
    Type *I64 = Type::getInt64Ty(Context);
    Type *I32 = Type::getInt32Ty(Context);
    Constant *Indices[] = {ConstantInt::get(I32, 0), ConstantInt::get(I32, Field)};
    Constant *Self = ConstantExpr::getInBoundsGetElementPtr(Record->getValueType(), Record, Indices);
    Constant *Distance =
        ConstantExpr::getSub(ConstantExpr::getPtrToInt(Target, I64), ConstantExpr::getPtrToInt(Self, I64));
    return ConstantExpr::getTrunc(Distance, I32);
}

GlobalVariable *createRecord(Module &M, StructType *Type, const Twine &Name, StringRef Section) {
    auto *Record = new GlobalVariable(M, Type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                      Constant::getNullValue(Type), Name);
    Record->setSection(Section);
    Record->setAlignment(Align(8));
    keepLayout(Record);
    return Record;
}

} // namespace mpkgate
