// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The client's side. For a declaration `int f(args)`:
//
//     struct mpkgate_slot slot;                      filled by the seal
//     int thunk(args) {
//         struct { int ret; args... } block = { .args = args };
//         if (slot.entry == 0) trap();               not sealed
//         if (((gate *)slot.entry)(&block, slot.index) != MPKGATE_CALLED) return refused value, or trap();
//         return block.ret;
//     }
//
// A function with callbacks is called again and again: while the gate returns a positive value, the thunk
// does what the block's request says and calls the gate with that value and MPKGATE_RESUME (mpkgate-abi.h).
//
// Thunk, slot and record form one COMDAT group named after function and signature, so a linked object has one
// of each. Nothing here is trusted: a client that tampers with its thunk reaches the gate as it could anyway.

#include "Diagnose.h"
#include "Gate.h"
#include "GateRecords.h"
#include "LLVMCompat.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

#define DEBUG_TYPE "mpkgate"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumThunks, "Number of gated functions imported by clients");
ALWAYS_ENABLED_STATISTIC(NumGatedCalls, "Number of calls that go through a gate");

namespace mpkgate {
namespace {

// The fields of struct mpkgate_request.
enum { RequestBuffer, RequestBufferSize, RequestSize, RequestResult, RequestCallback };

class ThunkBuilder {
  public:
    ThunkBuilder(Function &Declaration, const Gate &G, const GateSignature &Signature)
        : Declaration(Declaration), M(*Declaration.getParent()), Context(M.getContext()), G(G),
          Signature(Signature), Symbol(symbolName(Declaration)),
          Suffix("." + Symbol + "." + utohexstr(Signature.Hash, /*LowerCase=*/true, 16)) {
    }

    Function *run() {
        Function *Existing = M.getFunction("__mpkgate_thunk" + Suffix);
        if (Existing && !Existing->isDeclaration())
            return Existing;
        createFunction();
        createSlot();
        createImport();
        createBody();
        return Thunk;
    }

  private:
    Function &Declaration;
    Module &M;
    LLVMContext &Context;
    const Gate &G;
    const GateSignature &Signature;
    std::string Symbol;
    std::string Suffix;
    Function *Thunk = nullptr;
    GlobalVariable *Slot = nullptr;
    StructType *SlotType = nullptr;

    AttrBuilder functionAttributes() {
        AttrBuilder Kept(Context, Thunk->getAttributes().getFnAttrs());
        for (const Attribute &A : Declaration.getAttributes().getFnAttrs())
            if (A.isStringAttribute()) // target-cpu, target-features, frame-pointer, ...
                Kept.addAttribute(A);
        for (Attribute::AttrKind Kind : {Attribute::NoRedZone, Attribute::NoImplicitFloat})
            if (Declaration.hasFnAttribute(Kind))
                Kept.addAttribute(Kind);
        Kept.addAttribute(Attribute::NoInline);
        Kept.addAttribute(Attribute::NoUnwind);
        return Kept;
    }

    void createFunction() {
        Thunk =
            Function::createWithDefaultAttr(Declaration.getFunctionType(), GlobalValue::LinkOnceODRLinkage,
                                            Declaration.getAddressSpace(), "__mpkgate_thunk" + Suffix, &M);
        Thunk->setCallingConv(Declaration.getCallingConv());
        AttrBuilder Attributes = functionAttributes();
        Thunk->setAttributes(conventionAttributes(Declaration).addFnAttributes(Context, Attributes));
        if (MDNode *Type = Declaration.getMetadata(LLVMContext::MD_kcfi_type))
            Thunk->setMetadata(LLVMContext::MD_kcfi_type, Type);
        hide(Thunk);
    }

    void hide(GlobalObject *Object) {
        Object->setVisibility(GlobalValue::HiddenVisibility);
        Object->setDSOLocal(true);
        Object->setComdat(M.getOrInsertComdat("__mpkgate_thunk" + Suffix));
    }

    // The loads are volatile and the slot externally initialized: the seal writes it behind the optimiser's
    // back, at link time too.
    void createSlot() {
        Type *I64 = Type::getInt64Ty(Context);
        SlotType = StructType::get(Context, {I64, I64});
        Slot = new GlobalVariable(M, SlotType, /*isConstant=*/false, GlobalValue::LinkOnceODRLinkage,
                                  Constant::getNullValue(SlotType), "__mpkgate_slot" + Suffix);
        Slot->setExternallyInitialized(true);
        Slot->setAlignment(Align(16));
        keepLayout(Slot);
        hide(Slot);
    }

    void createImport() {
        Type *I32 = Type::getInt32Ty(Context);
        Type *I64 = Type::getInt64Ty(Context);
        StructType *RecordType = StructType::get(Context, {I32, I32, I64});
        GlobalVariable *Record =
            createRecord(M, RecordType, "__mpkgate_import" + Suffix, MPKGATE_IMPORTS_SECTION);
        Record->setComdat(Slot->getComdat());
        Record->setInitializer(ConstantStruct::get(
            RecordType, {relativeReference(Record, 0, createString(M, Symbol)),
                         relativeReference(Record, 1, Slot), ConstantInt::get(I64, Signature.Hash)}));
        appendToUsed(M, {Record});
    }

    static CallInst *callGate(IRBuilder<> &B, FunctionCallee Gate, Value *Block, Value *Index) {
        CallInst *Call = B.CreateCall(Gate, {Block, Index});
        Call->setDoesNotThrow();
        return Call;
    }

    Value *requestField(IRBuilder<> &B, Value *Block, unsigned Field) {
        Value *Request = B.CreateStructGEP(Signature.Block, Block, Signature.requestField());
        return B.CreateStructGEP(Signature.Block->getElementType(Signature.requestField()), Request, Field);
    }

    // Calls the gate until its answer is no request any more; returns that answer. The vault writes the
    // request behind the optimiser's back, which the block's escape into the gate tells it.
    Value *serveRequests(IRBuilder<> &B, FunctionCallee Gate, Value *Block, Value *Index, BasicBlock *Trap) {
        Type *I64 = B.getInt64Ty();
        AllocaInst *Buffer;
        {
            IRBuilder<> Entry(&*Thunk->getEntryBlock().getFirstInsertionPt());
            Buffer =
                Entry.CreateAlloca(ArrayType::get(B.getInt8Ty(), MPKGATE_REQUEST_BUFFER), nullptr, "buffer");
            Buffer->setAlignment(Align(16));
        }
        B.CreateStore(B.CreatePtrToInt(Buffer, I64), requestField(B, Block, RequestBuffer));
        B.CreateStore(B.getInt64(MPKGATE_REQUEST_BUFFER), requestField(B, Block, RequestBufferSize));
        Value *First = callGate(B, Gate, Block, Index);
        BasicBlock *Before = B.GetInsertBlock();
        auto *Answer = BasicBlock::Create(Context, "answer", Thunk);
        auto *Serve = BasicBlock::Create(Context, "serve", Thunk);
        auto *Resume = BasicBlock::Create(Context, "resume", Thunk);
        auto *Done = BasicBlock::Create(Context, "done", Thunk);
        B.CreateBr(Answer);

        B.SetInsertPoint(Answer);
        PHINode *Status = B.CreatePHI(I64, 2, "status");
        Status->addIncoming(First, Before);
        B.CreateCondBr(B.CreateICmpSGT(Status, B.getInt64(0)), Serve, Done);

        B.SetInsertPoint(Serve);
        Value *Which = B.CreateLoad(B.getInt32Ty(), requestField(B, Block, RequestCallback), "callback");
        Value *Size = B.CreateLoad(I64, requestField(B, Block, RequestSize), "size");
        SwitchInst *Switch = B.CreateSwitch(Which, Trap, static_cast<unsigned>(Signature.Arguments.size()));
        for (size_t I = 0; I < G.Pointers.size(); I++)
            if (G.Pointers[I].isCallback())
                Switch->addCase(B.getInt32(callbackNumber(G.Pointers[I])),
                                createCallback(G.Pointers[I], Block, Buffer, Size, Resume));

        B.SetInsertPoint(Resume);
        Value *Again = callGate(B, Gate, Block, B.CreateOr(Status, B.getInt64(MPKGATE_RESUME)));
        Status->addIncoming(Again, Resume);
        B.CreateBr(Answer);
        B.SetInsertPoint(Done);
        return Status;
    }

    Argument *argument(const GateNumber &Index) {
        return Thunk->getArg(static_cast<unsigned>(Index.Value) + Signature.HiddenArguments);
    }

    // How a request names a callback: the offset of its function pointer in the block.
    uint32_t callbackNumber(const PointerClause &Clause) {
        const StructLayout *Layout = M.getDataLayout().getStructLayout(Signature.Block);
        return static_cast<uint32_t>(
            Layout->getElementOffset(Signature.field(argument(Clause.Pointer)->getArgNo())).getFixedValue());
    }

    // int64_t f(void *context, void *buffer, size_t size)
    BasicBlock *createCallback(const PointerClause &Clause, Value *Block, Value *Buffer, Value *Size,
                               BasicBlock *After) {
        auto *Here = BasicBlock::Create(Context, "callback", Thunk, After);
        IRBuilder<> B(Here);
        Type *I64 = B.getInt64Ty();
        FunctionType *Type = FunctionType::get(I64, {B.getPtrTy(), B.getPtrTy(), I64}, false);
        Value *Result = B.CreateCall(Type, argument(Clause.Pointer), {argument(Clause.Length), Buffer, Size});
        B.CreateStore(Result, requestField(B, Block, RequestResult));
        B.CreateBr(After);
        return Here;
    }

    void createBody() {
        IRBuilder<> B(BasicBlock::Create(Context, "", Thunk));
        auto *Sealed = BasicBlock::Create(Context, "sealed", Thunk);
        auto *Called = BasicBlock::Create(Context, "called", Thunk);
        auto *Refused = BasicBlock::Create(Context, "refused", Thunk);
        auto *Trap = BasicBlock::Create(Context, "trap", Thunk);
        MDNode *Unlikely = MDBuilder(Context).createUnlikelyBranchWeights();

        AllocaInst *Block = B.CreateAlloca(Signature.Block, nullptr, "block");
        // Nothing else that has lain on this stack goes to another domain: not in a result's place, not in
        // padding.
        const DataLayout &Layout = M.getDataLayout();
        B.CreateMemSet(Block, B.getInt8(0), Layout.getTypeAllocSize(Signature.Block).getFixedValue(),
                       Layout.getABITypeAlign(Signature.Block));
        for (Argument &A : Thunk->args())
            if (A.getArgNo() != 0 || !Signature.ReturnsInBlock)
                B.CreateStore(&A, B.CreateStructGEP(Signature.Block, Block, Signature.field(A.getArgNo())));
        Type *I64 = B.getInt64Ty();
        Value *Entry = B.CreateLoad(I64, B.CreateStructGEP(SlotType, Slot, 0), /*isVolatile=*/true, "entry");
        Value *Index = B.CreateLoad(I64, B.CreateStructGEP(SlotType, Slot, 1), /*isVolatile=*/true, "index");
        B.CreateCondBr(B.CreateICmpEQ(Entry, B.getInt64(0)), Trap, Sealed, Unlikely);

        B.SetInsertPoint(Sealed);
        FunctionType *GateType = FunctionType::get(I64, {B.getPtrTy(), I64}, false);
        FunctionCallee Gate(GateType, B.CreateIntToPtr(Entry, B.getPtrTy()));
        Value *Status = Signature.HasRequest ? serveRequests(B, Gate, Block, Index, Trap)
                                             : callGate(B, Gate, Block, Index);
        B.CreateCondBr(B.CreateICmpNE(Status, B.getInt64(MPKGATE_CALLED)), Refused, Called, Unlikely);

        B.SetInsertPoint(Called);
        Type *Return = Thunk->getReturnType();
        if (Signature.ReturnsInBlock) {
            Argument *Result = Thunk->getArg(0);
            Type *Returned = Signature.Block->getElementType(0);
            B.CreateMemCpy(Result, Result->getParamAlign(), B.CreateStructGEP(Signature.Block, Block, 0),
                           Layout.getABITypeAlign(Returned),
                           Layout.getTypeAllocSize(Returned).getFixedValue());
        }
        if (Return->isVoidTy())
            B.CreateRetVoid();
        else
            B.CreateRet(B.CreateLoad(Return, B.CreateStructGEP(Signature.Block, Block, 0)));

        B.SetInsertPoint(Refused);
        if (!G.Refused)
            B.CreateBr(Trap);
        else if (Return->isFloatingPointTy())
            B.CreateRet(ConstantFP::get(Return, static_cast<double>(G.Refused->Value)));
        else
            B.CreateRet(ConstantInt::getSigned(Return, G.Refused->Value));

        B.SetInsertPoint(Trap);
        B.CreateCall(intrinsicDeclaration(M, Intrinsic::trap));
        B.CreateUnreachable();
    }
};

// Call sites repeat the declaration's promises.
void dropPromises(CallBase &Call) {
    for (Attribute::AttrKind Kind :
         {Attribute::Memory, Attribute::WillReturn, Attribute::Speculatable, Attribute::NoSync,
          Attribute::NoFree, Attribute::NoCallback, Attribute::MustProgress, Attribute::NoRecurse})
        Call.removeFnAttr(Kind);
}

} // namespace

void createThunk(Function &Declaration, const Gate &G, const GateSignature &Signature) {
    Declaration.removeDeadConstantUsers();
    if (Declaration.use_empty())
        return;
    Function *Thunk = ThunkBuilder(Declaration, G, Signature).run();
    NumThunks++;
    for (Use &U : Declaration.uses()) {
        auto *Call = dyn_cast<CallBase>(U.getUser());
        if (!Call || !Call->isCallee(&U))
            continue;
        dropPromises(*Call);
        NumGatedCalls++;
        remarkDone(*Call, "Gated", "gate inserted for call to " + symbolName(Declaration));
    }
    Declaration.replaceAllUsesWith(Thunk);
    Declaration.eraseFromParent();
}

} // namespace mpkgate
