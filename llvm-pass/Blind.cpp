// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constant C whose bytes spell a banned instruction becomes
//
//     %half = bitcast i32 (C ^ mask) to i32
//     %whole = xor i32 %half, mask
//
// A bitcast of a constant to its own type is how LLVM's ConstantHoisting marks a constant that the code
// generator must not fold ("opaque"), so both halves reach the object, at -O0 as at -O3. Link-time
// optimisation does fold it; there the pass has to run again in the linker, or mpk-verify finds the hit. What
// only the linker or the register allocator decides is mpk-verify's too.

#include "Blind.h"
#include "BlindBytes.h"
#include "Diagnose.h"
#include "GateRecords.h"
#include "LLVMCompat.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/Statistic.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include <map>

#define DEBUG_TYPE "mpkgate"

using namespace llvm;

ALWAYS_ENABLED_STATISTIC(NumBlinded, "Number of constants blinded");

namespace mpkgate {
namespace {

void remarkBlinded(const Instruction &I, const Twine &What) {
    NumBlinded++;
    remarkDone(I, "Blinded", What + " split: its encoding would spell a banned instruction");
}

Value *emitSplit(IRBuilder<> &B, const APInt &Value, const APInt &Mask) {
    Type *T = B.getIntNTy(Value.getBitWidth());
    // Not IRBuilder's casts and operators: they fold.
    Instruction *Half =
        B.Insert(CastInst::Create(Instruction::BitCast, ConstantInt::get(T, Value ^ Mask), T));
    return B.Insert(BinaryOperator::CreateXor(Half, ConstantInt::get(T, Mask)));
}

Value *emitSplit(IRBuilder<> &B, const APInt &Value) {
    return emitSplit(B, Value, chooseMask(Value));
}

// Constants of vectors and the like are read back from memory, behind the optimiser's back.
Value *emitLoad(IRBuilder<> &B, Constant *C) {
    Module &M = *B.GetInsertBlock()->getModule();
    auto *Data = new GlobalVariable(M, C->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, C,
                                    "mpkgate.constant");
    keepLayout(Data);
    return B.CreateLoad(C->getType(), Data, /*isVolatile=*/true);
}

Value *emitOperand(IRBuilder<> &B, Constant *C);

// Element by element; the constant that the harmful ones are inserted into no longer holds them.
Value *emitAggregate(IRBuilder<> &B, Constant *C) {
    SmallVector<Constant *, 8> Kept;
    SmallVector<std::pair<unsigned, Value *>, 2> Replaced;
    unsigned Count = isa<StructType>(C->getType()) ? C->getType()->getStructNumElements()
                                                   : C->getType()->getArrayNumElements();
    for (unsigned I = 0; I < Count; I++) {
        Constant *Element = C->getAggregateElement(I);
        Value *Replacement = Element ? emitOperand(B, Element) : nullptr;
        if (Replacement)
            Replaced.push_back({I, Replacement});
        Kept.push_back(Replacement ? PoisonValue::get(Element->getType()) : Element);
    }
    if (Replaced.empty())
        return nullptr;
    Value *Result = isa<StructType>(C->getType()) ? ConstantStruct::get(cast<StructType>(C->getType()), Kept)
                                                  : ConstantArray::get(cast<ArrayType>(C->getType()), Kept);
    for (auto &[Index, Replacement] : Replaced)
        Result = B.Insert(InsertValueInst::Create(Result, Replacement, Index));
    return Result;
}

// The replacement of an operand, or null if it is harmless.
Value *emitOperand(IRBuilder<> &B, Constant *C) {
    if (auto *Integer = dyn_cast<ConstantInt>(C); Integer && C->getType()->isIntegerTy())
        return spellsBanned(Integer->getValue()) ? emitSplit(B, Integer->getValue()) : nullptr;
    if (auto *Float = dyn_cast<ConstantFP>(C); Float && C->getType()->isFloatingPointTy()) {
        APInt Bits = Float->getValueAPF().bitcastToAPInt();
        return spellsBanned(Bits) ? B.CreateBitCast(emitSplit(B, Bits), C->getType()) : nullptr;
    }
    if (auto *Expression = dyn_cast<ConstantExpr>(C)) {
        auto *Address = dyn_cast<ConstantInt>(Expression->getOperand(0));
        if (Expression->getOpcode() != Instruction::IntToPtr || !Address ||
            !spellsBanned(Address->getValue()))
            return nullptr;
        return B.CreateIntToPtr(emitSplit(B, Address->getValue()), C->getType());
    }
    if (isa<ConstantAggregate>(C) || isa<ConstantDataArray>(C))
        if (C->getType()->isAggregateType())
            return emitAggregate(B, C);
    if (!C->getType()->isVectorTy())
        return nullptr;
    const DataLayout &Layout = B.GetInsertBlock()->getModule()->getDataLayout();
    return spellsBanned(memoryBytes(C, Layout)) ? emitLoad(B, C) : nullptr;
}

// Operands that have to stay constants, and those that other functions here look after.
bool isFixed(const Instruction &I, const Use &Operand) {
    if (isa<SwitchInst>(I) || isa<GetElementPtrInst>(I) || isa<AllocaInst>(I) || isa<LandingPadInst>(I))
        return true;
    if (isa<BitCastInst>(I)) // a half
        return true;
    const auto *Call = dyn_cast<CallBase>(&I);
    if (!Call)
        return false;
    if (isa<DbgInfoIntrinsic>(Call) || Call->isInlineAsm() || Call->isBundleOperand(&Operand))
        return true;
    return Call->isArgOperand(&Operand) &&
           Call->paramHasAttr(Call->getArgOperandNo(&Operand), Attribute::ImmArg);
}

bool blindOperands(Instruction &I) {
    bool Changed = false;
    for (Use &Operand : I.operands()) {
        auto *C = dyn_cast<Constant>(Operand.get());
        if (!C || isa<GlobalValue>(C) || isFixed(I, Operand))
            continue;
        // The value of a phi comes into being where its edge begins.
        auto *Phi = dyn_cast<PHINode>(&I);
        Instruction *Before = Phi ? Phi->getIncomingBlock(Operand)->getTerminator() : &I;
        IRBuilder<> B(Before);
        Value *Replacement = emitOperand(B, C);
        if (!Replacement)
            continue;
        // A block that is listed twice, as of a switch, must bring the same value twice.
        if (Phi)
            Phi->setIncomingValueForBlock(Phi->getIncomingBlock(Operand), Replacement);
        else
            Operand.set(Replacement);
        remarkBlinded(I, "constant");
        Changed = true;
    }
    return Changed;
}

bool blindSwitch(SwitchInst &Switch) {
    std::vector<APInt> Values;
    for (const auto &Case : Switch.cases())
        Values.push_back(Case.getCaseValue()->getValue());
    if (none_of(Values, [](const APInt &Value) { return spellsBanned(Value); }))
        return false;
    APInt Mask = chooseMask(Values);
    LLVMContext &Context = Switch.getContext();
    IRBuilder<> B(&Switch);
    Type *T = Switch.getCondition()->getType();
    Instruction *Half = B.Insert(CastInst::Create(Instruction::BitCast, ConstantInt::get(T, Mask), T));
    Switch.setCondition(B.Insert(BinaryOperator::CreateXor(Switch.getCondition(), Half)));
    for (auto &Case : Switch.cases())
        Case.setValue(ConstantInt::get(Context, Case.getCaseValue()->getValue() ^ Mask));
    remarkBlinded(Switch, "case value");
    return true;
}

// A displacement: base + constant offset becomes base + (split constant) with what is variable added before.
bool blindOffset(GetElementPtrInst &Element) {
    if (Element.getType()->isVectorTy())
        return false;
    const DataLayout &Layout = Element.getModule()->getDataLayout();
    unsigned Bits = Layout.getIndexTypeSizeInBits(Element.getType());
    VariableOffsets Variables;
    APInt Offset(Bits, 0);
    if (!cast<GEPOperator>(Element).collectOffset(Layout, Bits, Variables, Offset) || !spellsBanned(Offset))
        return false;
    IRBuilder<> B(&Element);
    Value *Address = Element.getPointerOperand();
    for (const auto &[Variable, Scale] : Variables) {
        Value *Index = B.CreateSExtOrTrunc(Variable, B.getIntNTy(Bits));
        Address = B.CreatePtrAdd(Address, B.CreateMul(Index, ConstantInt::get(B.getIntNTy(Bits), Scale)));
    }
    Element.replaceAllUsesWith(B.CreatePtrAdd(Address, emitSplit(B, Offset)));
    remarkBlinded(Element, "offset");
    Element.eraseFromParent();
    return true;
}

// Copies from a constant of known length become stores of immediates, comparisons with one compares with
// immediates. Volatile and nobuiltin keep them loads and a call.
bool blindMemory(CallBase &Call) {
    auto *Copy = dyn_cast<MemTransferInst>(&Call);
    const Function *Callee = Call.getCalledFunction();
    bool IsCompare = Callee && (Callee->getName() == "memcmp" || Callee->getName() == "bcmp");
    if ((!Copy || Copy->isVolatile()) && (!IsCompare || Call.isNoBuiltin()))
        return false;
    for (const Use &Operand : Call.args()) {
        ConstantDataArraySlice Slice;
        if (!Operand->getType()->isPointerTy() || !getConstantDataArrayInfo(Operand, Slice, 8) ||
            !Slice.Array)
            continue;
        StringRef Bytes = Slice.Array->getRawDataValues().substr(Slice.Offset);
        // The code generator unrolls at most 128 bytes.
        if (!spellsBanned(ArrayRef(Bytes.take_front(128).bytes_begin(), Bytes.take_front(128).bytes_end())))
            continue;
        if (Copy)
            Copy->setVolatile(ConstantInt::getTrue(Call.getContext()));
        else
            Call.addFnAttr(Attribute::NoBuiltin);
        remarkBlinded(Call, "constant string");
        return true;
    }
    return false;
}

// The code generator merges neighbouring stores of constants into one. Blinds one store of each run of bytes
// that would then spell a pattern.
bool blindMergedStores(BasicBlock &Block) {
    const DataLayout &Layout = Block.getModule()->getDataLayout();
    struct Byte {
        uint8_t Value;
        StoreInst *Store;
    };
    MapVector<Value *, std::map<int64_t, Byte>> Objects;
    for (Instruction &I : Block) {
        auto *Store = dyn_cast<StoreInst>(&I);
        auto *C = Store ? dyn_cast<Constant>(Store->getValueOperand()) : nullptr;
        if (!C || !Store->isSimple())
            continue;
        APInt Offset(Layout.getIndexTypeSizeInBits(Store->getPointerOperandType()), 0);
        Value *Base = Store->getPointerOperand()->stripAndAccumulateConstantOffsets(Layout, Offset, true);
        int64_t At = Offset.getSExtValue();
        for (uint8_t Value : memoryBytes(C, Layout))
            Objects[Base][At++] = {Value, Store};
    }
    bool Changed = false;
    for (auto &[Base, Bytes] : Objects) {
        for (auto &[Offset, First] : Bytes) {
            auto Second = Bytes.find(Offset + 1);
            auto Third = Bytes.find(Offset + 2);
            if (Second == Bytes.end() || Third == Bytes.end())
                continue;
            StoreInst *Store = Second->second.Store;
            auto *C = dyn_cast<ConstantInt>(Store->getValueOperand());
            uint8_t Run[] = {First.Value, Second->second.Value, Third->second.Value};
            if (!C || !spellsBanned(Run))
                continue;
            IRBuilder<> B(Store);
            // Neither half may be zero: xor with zero folds.
            APInt Mask(C->getBitWidth(), 0x55);
            Store->setOperand(0, emitSplit(B, C->getValue(), C->getValue() == Mask ? Mask - 1 : Mask));
            remarkBlinded(*Store, "one of neighbouring stores");
            Changed = true;
        }
    }
    return Changed;
}

bool blindInstruction(Instruction &I) {
    bool Changed = blindOperands(I);
    if (auto *Switch = dyn_cast<SwitchInst>(&I))
        Changed |= blindSwitch(*Switch);
    if (auto *Call = dyn_cast<CallBase>(&I))
        Changed |= blindMemory(*Call);
    if (auto *Element = dyn_cast<GetElementPtrInst>(&I))
        Changed |= blindOffset(*Element);
    return Changed;
}

} // namespace

bool blindConstants(Module &M) {
    bool Changed = false;
    for (Function &F : M) {
        for (Instruction &I : make_early_inc_range(instructions(F)))
            Changed |= blindInstruction(I);
        for (BasicBlock &Block : F)
            Changed |= blindMergedStores(Block);
    }
    return Changed;
}

} // namespace mpkgate
