// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a banned call becomes when the action is `replace`:
//
//     static atomic_char said;
//     if (!atomic_exchange(&said, 1)) write(2, message, sizeof(message));
//     errno = EPERM;
//     return -1;
//
// Made as IR, so that a client links without a further library.

#include "Ban.h"
#include "GateRecords.h"
#include "LLVMCompat.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Support/Errno.h"
#include "llvm/Transforms/Utils/Local.h"

using namespace llvm;

namespace mpkgate {
namespace {

// A local object of the module may have the name of the libc function; it has to make room.
FunctionCallee libcFunction(Module &M, StringRef Name, FunctionType *Type) {
    GlobalValue *Existing = M.getNamedValue(Name);
    if (Existing && Existing->hasLocalLinkage())
        Existing->setName(Name + ".local");
    return M.getOrInsertFunction(Name, Type);
}

Constant *failure(Type *T, bool ReturnsNull) {
    if (ReturnsNull || T->isStructTy() || T->isArrayTy())
        return Constant::getNullValue(T);
    if (T->isFPOrFPVectorTy())
        return ConstantFP::get(T, -1.0);
    return Constant::getAllOnesValue(T->isPointerTy() ? Type::getInt64Ty(T->getContext()) : T);
}

void emitReport(IRBuilder<> &B, Function *Stub, GlobalVariable *Said, StringRef What) {
    Module &M = *Stub->getParent();
    LLVMContext &Context = M.getContext();
    auto *Report = BasicBlock::Create(Context, "report", Stub);
    auto *Done = BasicBlock::Create(Context, "done", Stub);
    Value *Before =
        B.CreateAtomicRMW(AtomicRMWInst::Xchg, Said, B.getInt8(1), MaybeAlign(1), AtomicOrdering::Monotonic);
    B.CreateCondBr(B.CreateICmpEQ(Before, B.getInt8(0)), Report, Done);
    B.SetInsertPoint(Report);
    std::string Message =
        ("mpkgate: " + What + " was refused: client code must not change protection keys\n").str();
    FunctionType *WriteType =
        FunctionType::get(B.getInt64Ty(), {B.getInt32Ty(), B.getPtrTy(), B.getInt64Ty()}, false);
    B.CreateCall(libcFunction(M, "write", WriteType),
                 {B.getInt32(2), createString(M, Message), B.getInt64(Message.size())});
    B.CreateBr(Done);
    B.SetInsertPoint(Done);
}

} // namespace

Function *refusingStub(Module &M, StringRef What, FunctionType *Type, bool ReturnsNull) {
    std::string Name;
    raw_string_ostream(Name) << "__mpkgate_refused." << What << '.' << *Type->getReturnType();
    if (Function *Existing = M.getFunction(Name); Existing && Existing->getFunctionType() == Type)
        return Existing;
    LLVMContext &Context = M.getContext();
    Function *Stub = Function::createWithDefaultAttr(Type, GlobalValue::InternalLinkage, 0, Name, &M);
    Stub->addFnAttr(Attribute::NoInline);
    Stub->addFnAttr(Attribute::NoUnwind);
    auto *Said = new GlobalVariable(M, Type::getInt8Ty(Context), false, GlobalValue::InternalLinkage,
                                    ConstantInt::get(Type::getInt8Ty(Context), 0), "__mpkgate_said." + What);
    keepLayout(Said);
    IRBuilder<> B(BasicBlock::Create(Context, "", Stub));
    emitReport(B, Stub, Said, What);
    FunctionCallee Errno = libcFunction(M, "__errno_location", FunctionType::get(B.getPtrTy(), false));
    B.CreateStore(B.getInt32(EPERM), B.CreateCall(Errno));
    class Type *Return = Type->getReturnType();
    if (Return->isVoidTy()) {
        B.CreateRetVoid();
        return Stub;
    }
    Value *Result = failure(Return, ReturnsNull);
    if (Return->isPointerTy() && !Result->getType()->isPointerTy())
        Result = B.CreateIntToPtr(Result, Return); // MAP_FAILED
    B.CreateRet(Result);
    return Stub;
}

void replaceByTrap(Instruction &I) {
    IRBuilder<> B(&I);
    B.CreateCall(intrinsicDeclaration(*I.getModule(), Intrinsic::trap));
    changeToUnreachable(&I);
}

} // namespace mpkgate
