// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The vault's side. For a definition `int f(args)`:
//
//     static void call(void *block) { block->ret = f(block->args...); }
//
// with the table of its pointer arguments and the export record. The checks and copies are libvault's, in C,
// driven by that table.

#include "Gate.h"
#include "GateRecords.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

#define DEBUG_TYPE "mpkgate"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumExports, "Number of gated functions exported by the vault");

namespace mpkgate {
namespace {

// By its address in the IR, so that the stub calls the symbol, weak or not, that was exported.
Function *createCall(GlobalValue &Symbol, Function &Definition, const GateSignature &Signature) {
    Module &M = *Definition.getParent();
    LLVMContext &Context = M.getContext();
    FunctionType *Type =
        FunctionType::get(Type::getVoidTy(Context), {PointerType::getUnqual(Context)}, false);
    Function *Stub = Function::createWithDefaultAttr(Type, GlobalValue::InternalLinkage, 0,
                                                     "__mpkgate_call." + symbolName(Symbol), &M);
    AttrBuilder Attributes(Context);
    for (const Attribute &A : Definition.getAttributes().getFnAttrs())
        if (A.isStringAttribute())
            Attributes.addAttribute(A);
    Stub->addFnAttrs(Attributes);
    Stub->addFnAttr(Attribute::NoUnwind);

    IRBuilder<> B(BasicBlock::Create(Context, "", Stub));
    Value *Block = Stub->getArg(0);
    SmallVector<Value *, 16> Arguments;
    for (const Argument &A : Definition.args()) {
        Value *Field = B.CreateStructGEP(Signature.Block, Block, Signature.field(A.getArgNo()));
        bool IsResult = A.getArgNo() == 0 && Signature.ReturnsInBlock;
        Arguments.push_back(IsResult ? Field : B.CreateLoad(A.getType(), Field));
    }
    CallInst *Call = B.CreateCall(Definition.getFunctionType(), &Symbol, Arguments);
    Call->setCallingConv(Definition.getCallingConv());
    Call->setAttributes(conventionAttributes(Definition));
    if (Signature.HasReturn)
        B.CreateStore(Call, B.CreateStructGEP(Signature.Block, Block, 0));
    B.CreateRetVoid();
    return Stub;
}

// struct mpkgate_argument[]; its fields have no padding between them.
Constant *createTable(Module &M, const GateSignature &Signature) {
    LLVMContext &Context = M.getContext();
    Type *I32 = Type::getInt32Ty(Context);
    Type *I8 = Type::getInt8Ty(Context);
    StructType *EntryType = StructType::get(Context, {I32, I32, I32, I32, I8, I8, I8, I8});
    SmallVector<Constant *, 8> Entries;
    for (const mpkgate_argument &A : Signature.Arguments)
        Entries.push_back(ConstantStruct::get(
            EntryType, {ConstantInt::get(I32, A.pointer), ConstantInt::get(I32, A.length),
                        ConstantInt::get(I32, A.unit), ConstantInt::get(I32, A.used),
                        ConstantInt::get(I8, A.direction), ConstantInt::get(I8, A.length_kind),
                        ConstantInt::get(I8, A.length_width), ConstantInt::get(I8, 0)}));
    ArrayType *TableType = ArrayType::get(EntryType, Entries.size());
    auto *Table = new GlobalVariable(M, TableType, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                                     ConstantArray::get(TableType, Entries), "mpkgate.arguments");
    Table->setAlignment(Align(4));
    keepLayout(Table);
    return Table;
}

} // namespace

static_assert(sizeof(mpkgate_argument) == 20 && sizeof(mpkgate_export) == 40 && sizeof(mpkgate_import) == 16,
              "the IR types here follow mpkgate-abi.h");

void createExport(GlobalValue &Symbol, Function &Definition, const Gate &G, const GateSignature &Signature) {
    Module &M = *Definition.getParent();
    LLVMContext &Context = M.getContext();
    const DataLayout &Layout = M.getDataLayout();
    Type *I32 = Type::getInt32Ty(Context);
    Type *I64 = Type::getInt64Ty(Context);
    StructType *RecordType = StructType::get(Context, {I32, I32, I32, I32, I32, I32, I32, I32, I64});
    StringRef Section =
        G.Class == MPKGATE_CLASS_MANAGE ? MPKGATE_EXPORTS_MANAGE_SECTION : MPKGATE_EXPORTS_CRYPTO_SECTION;
    GlobalVariable *Record = createRecord(M, RecordType, "__mpkgate_export." + symbolName(Symbol), Section);
    uint64_t ReturnSize = 0;
    if (Signature.HasReturn)
        ReturnSize = Layout.getTypeStoreSize(Definition.getReturnType()).getFixedValue();
    else if (Signature.ReturnsInBlock)
        ReturnSize = Layout.getTypeAllocSize(Signature.Block->getElementType(0)).getFixedValue();
    Record->setInitializer(ConstantStruct::get(
        RecordType, {relativeReference(Record, 0, createString(M, symbolName(Symbol))),
                     relativeReference(Record, 1, createCall(Symbol, Definition, Signature)),
                     relativeReference(Record, 2, createTable(M, Signature)),
                     ConstantInt::get(I32, Signature.Arguments.size()),
                     ConstantInt::get(I32, Layout.getTypeAllocSize(Signature.Block).getFixedValue()),
                     ConstantInt::get(I32, 0), ConstantInt::get(I32, ReturnSize), ConstantInt::get(I32, 0),
                     ConstantInt::get(I64, Signature.Hash)}));
    appendToUsed(M, {Record});
    NumExports++;
}

} // namespace mpkgate
