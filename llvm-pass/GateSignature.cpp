// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a gate can carry, and how it lies in the argument block. A pointer that no clause covers would reach
// the vault unchecked (A40), so it does not compile.

#include "GateSignature.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Module.h"

using namespace llvm;

namespace mpkgate {
namespace {

bool holdsPointer(const Type *T) {
    if (T->isPtrOrPtrVectorTy())
        return true;
    return any_of(T->subtypes(), holdsPointer);
}

// Types whose bytes mean the same on both sides.
bool isCarried(const Type *T) {
    if (T->isIntegerTy() || T->isFloatingPointTy() || T->isPointerTy())
        return true;
    if (const auto *Vector = dyn_cast<FixedVectorType>(T))
        return isCarried(Vector->getElementType());
    if (const auto *Array = dyn_cast<ArrayType>(T))
        return isCarried(Array->getElementType());
    if (const auto *Struct = dyn_cast<StructType>(T))
        return !Struct->isOpaque() && all_of(Struct->elements(), isCarried);
    return false;
}

// A type without the names of its structures, which each translation unit may choose.
void spellType(const Type *T, raw_ostream &OS) {
    if (const auto *Struct = dyn_cast<StructType>(T)) {
        OS << (Struct->isPacked() ? "<{" : "{");
        for (const Type *Element : Struct->elements()) {
            spellType(Element, OS);
            OS << ',';
        }
        OS << '}';
    } else if (const auto *Array = dyn_cast<ArrayType>(T)) {
        OS << '[' << Array->getNumElements() << 'x';
        spellType(Array->getElementType(), OS);
        OS << ']';
    } else {
        T->print(OS);
    }
}

// A returned structure of up to so many bytes travels in the block.
constexpr uint64_t ReturnedMax = 512;

// struct mpkgate_request
StructType *requestType(LLVMContext &Context) {
    Type *I64 = Type::getInt64Ty(Context);
    Type *I32 = Type::getInt32Ty(Context);
    return StructType::get(Context, {I64, I64, I64, I64, I32, I32});
}
static_assert(sizeof(mpkgate_request) == 40, "the IR type follows mpkgate-abi.h");

uint64_t hashSignature(const Function &F, const Gate &G, bool ReturnsInBlock) {
    std::string Text;
    raw_string_ostream OS(Text);
    spellType(F.getReturnType(), OS);
    OS << " cc" << F.getCallingConv() << '(';
    for (const Argument &A : F.args()) {
        if (A.hasStructRetAttr()) {
            OS << (ReturnsInBlock ? "sret in block " : "sret ");
            spellType(A.getParamStructRetType(), OS);
        } else {
            spellType(A.getType(), OS);
        }
        OS << ',';
    }
    OS << ") " << G.Canonical;
    // FNV-1a, 64 bit (draft-eastlake-fnv). It tells accidents apart, not attacks: a client that forges the
    // hash of another signature gets the vault's checks of that function, not weaker ones.
    uint64_t Hash = UINT64_C(0xcbf29ce484222325);
    for (unsigned char Byte : OS.str())
        Hash = (Hash ^ Byte) * UINT64_C(0x100000001b3);
    return Hash;
}

class Builder {
  public:
    Builder(const Function &F, const Gate &G, GateSignature &Out)
        : F(F), G(G), Out(Out), Layout(F.getParent()->getDataLayout()) {
    }

    std::optional<GateError> run() {
        checkFunction();
        if (!Error)
            checkTypes();
        if (!Error)
            layOut();
        if (!Error)
            coverPointers();
        if (!Error)
            checkRefused();
        if (!Error)
            Out.Hash = hashSignature(F, G, Out.ReturnsInBlock);
        return std::move(Error);
    }

  private:
    const Function &F;
    const Gate &G;
    GateSignature &Out;
    const DataLayout &Layout;
    std::vector<bool> Covered;
    std::optional<GateError> Error;

    void fail(size_t Column, const Twine &Message) {
        if (!Error)
            Error = GateError{Message.str(), Column};
    }

    // Arguments are named as the user counts them: the hidden sret pointer is not one.
    std::string name(unsigned IRIndex) const {
        return "argument " + utostr(IRIndex - Out.HiddenArguments);
    }

    void checkFunction() {
        if (F.isVarArg())
            fail(0, "a function with variable arguments cannot go through a gate");
        if (F.doesNotReturn())
            fail(0, "a gated function must return");
        if (F.hasFnAttribute(Attribute::ReturnsTwice))
            fail(0, "a function that returns twice cannot go through a gate");
        if (F.arg_size() > 0 && F.hasStructRetAttr() && !F.getArg(0)->hasStructRetAttr())
            fail(0, "the hidden pointer of the returned structure must be the first argument");
        Out.HiddenArguments = F.hasStructRetAttr() ? 1 : 0;
    }

    void checkTypes() {
        Type *Return = F.getReturnType();
        if (holdsPointer(Return))
            fail(0, "a gated function cannot return a pointer: the vault's memory means nothing to a client; "
                    "use an out(..) argument");
        else if (!Return->isVoidTy() && !isCarried(Return))
            fail(0, "the return type cannot go through a gate");
        for (const Argument &A : F.args()) {
            Type *T = A.getType();
            if (A.hasPassPointeeByValueCopyAttr() || A.hasPreallocatedAttr() || A.hasByRefAttr())
                fail(0, name(A.getArgNo()) +
                            " is a structure passed in memory, which a gate cannot carry: pass a "
                            "pointer with in(..,size=..)");
            else if (A.hasNestAttr() || A.hasSwiftErrorAttr() || A.hasSwiftSelfAttr())
                fail(0, name(A.getArgNo()) + " has an attribute that a gate cannot carry");
            else if (!isCarried(T) || (holdsPointer(T) && !T->isPointerTy()))
                fail(0, name(A.getArgNo()) + " has a type that a gate cannot carry");
            else if (T->isPointerTy() && T->getPointerAddressSpace() != 0)
                fail(0, name(A.getArgNo()) + " points into another address space");
        }
    }

    // By value, so that the ULK gate, which lends no memory, can carry it. The vault's copy of the block is
    // aligned to 16 bytes at least.
    bool fitsInBlock(Type *Returned) const {
        return Layout.getTypeAllocSize(Returned) != 0 && Layout.getTypeAllocSize(Returned) <= ReturnedMax &&
               Layout.getABITypeAlign(Returned) <= Align(16) && isCarried(Returned) &&
               !holdsPointer(Returned);
    }

    void layOut() {
        SmallVector<Type *, 16> Fields;
        Out.HasReturn = !F.getReturnType()->isVoidTy();
        if (Out.HasReturn)
            Fields.push_back(F.getReturnType());
        append_range(Fields, F.getFunctionType()->params());
        if (Out.HiddenArguments && fitsInBlock(F.getArg(0)->getParamStructRetType())) {
            Out.ReturnsInBlock = true;
            Fields[0] = F.getArg(0)->getParamStructRetType();
        }
        Out.HasRequest = any_of(G.Pointers, [](const PointerClause &C) { return C.isCallback(); });
        if (Out.HasRequest)
            Fields.push_back(requestType(F.getContext()));
        Out.Block = StructType::get(F.getContext(), Fields);
        if (Layout.getTypeAllocSize(Out.Block) > MPKGATE_BLOCK_MAX)
            fail(0, "the arguments take more than " + Twine(MPKGATE_BLOCK_MAX) + " bytes");
        Covered.assign(F.arg_size(), false);
    }

    uint32_t fieldOffset(unsigned Field) const {
        return static_cast<uint32_t>(
            Layout.getStructLayout(Out.Block)->getElementOffset(Field).getFixedValue());
    }

    uint32_t offset(unsigned IRIndex) const {
        return fieldOffset(Out.field(IRIndex));
    }

    // The IR index of an argument that the gate string names, if there is such an argument.
    std::optional<unsigned> argument(const GateNumber &Index) {
        uint64_t Count = F.arg_size() - Out.HiddenArguments;
        if (Index.Value < Count)
            return static_cast<unsigned>(Index.Value) + Out.HiddenArguments;
        fail(Index.Column, "there is no argument " + Twine(Index.Value) + ": the function has " +
                               Twine(Count) + ", counted from 0");
        return std::nullopt;
    }

    std::optional<unsigned> pointerArgument(const GateNumber &Index) {
        std::optional<unsigned> IRIndex = argument(Index);
        if (!IRIndex)
            return std::nullopt;
        if (!F.getArg(*IRIndex)->getType()->isPointerTy())
            fail(Index.Column, name(*IRIndex) + " is not a pointer");
        else if (Covered[*IRIndex])
            fail(Index.Column, name(*IRIndex) + " is covered twice");
        Covered[*IRIndex] = true;
        return IRIndex;
    }

    void setLength(const PointerClause &Clause, mpkgate_argument &Entry) {
        Entry.length_kind = Clause.LengthKind;
        Entry.length = static_cast<uint32_t>(Clause.Length.Value);
        if (Clause.LengthKind != MPKGATE_LENGTH_ARGUMENT)
            return;
        std::optional<unsigned> IRIndex = argument(Clause.Length);
        if (!IRIndex)
            return;
        const auto *Integer = dyn_cast<IntegerType>(F.getArg(*IRIndex)->getType());
        unsigned Bits = Integer ? Integer->getBitWidth() : 0;
        if (Bits != 8 && Bits != 16 && Bits != 32 && Bits != 64)
            return fail(Clause.Length.Column, name(*IRIndex) + " is not an integer of 1, 2, 4 or 8 bytes");
        Entry.length = offset(*IRIndex);
        Entry.length_width = static_cast<uint8_t>(Bits / 8);
    }

    void addConstant(unsigned IRIndex, uint64_t Bytes) {
        mpkgate_argument Entry = {};
        Entry.pointer = offset(IRIndex);
        Entry.length = static_cast<uint32_t>(Bytes);
        Entry.unit = 1;
        Entry.used = MPKGATE_NO_OFFSET;
        Entry.direction = MPKGATE_OUT;
        Entry.length_kind = MPKGATE_LENGTH_CONSTANT;
        Out.Arguments.push_back(Entry);
    }

    // The function pointer and its context: neither is followed by the vault.
    void addCallback(const PointerClause &Clause) {
        std::optional<unsigned> Function = pointerArgument(Clause.Pointer);
        std::optional<unsigned> Context;
        if (!Error)
            Context = pointerArgument(Clause.Length);
        if (Error)
            return;
        mpkgate_argument Entry = {};
        Entry.pointer = offset(*Function);
        Entry.length = offset(*Context);
        Entry.unit = 1;
        Entry.used = fieldOffset(Out.requestField());
        Entry.direction = Clause.Direction;
        Out.Arguments.push_back(Entry);
    }

    void addClause(const PointerClause &Clause) {
        if (Clause.isCallback())
            return addCallback(Clause);
        std::optional<unsigned> IRIndex = pointerArgument(Clause.Pointer);
        if (Error)
            return;
        mpkgate_argument Entry = {};
        Entry.pointer = offset(*IRIndex);
        Entry.unit = static_cast<uint32_t>(Clause.Unit.Value);
        Entry.used = MPKGATE_NO_OFFSET;
        Entry.direction = Clause.Direction;
        setLength(Clause, Entry);
        std::optional<unsigned> Used;
        if (Clause.Used && !Error)
            Used = pointerArgument(*Clause.Used);
        if (Error)
            return;
        if (Used)
            Entry.used = offset(*Used);
        Out.Arguments.push_back(Entry);
        if (Used)
            addConstant(*Used, sizeof(uint64_t));
    }

    void coverPointers() {
        if (Out.HiddenArguments) {
            Covered[0] = true;
            uint64_t Bytes = Layout.getTypeAllocSize(F.getArg(0)->getParamStructRetType());
            if (Bytes == 0 || Bytes > UINT32_MAX)
                fail(0, "the returned structure has a size that a gate cannot carry");
            if (!Out.ReturnsInBlock)
                addConstant(0, Bytes);
        }
        for (const PointerClause &Clause : G.Pointers)
            if (!Error)
                addClause(Clause);
        for (const Argument &A : F.args())
            if (A.getType()->isPointerTy() && !Covered[A.getArgNo()])
                fail(0, name(A.getArgNo()) +
                            " is a pointer that no clause covers: add in(..), out(..), inout(..), "
                            "str(..) or callback(..)");
        if (Out.Arguments.size() > MPKGATE_ARGUMENTS_MAX)
            fail(0, "more than " + Twine(MPKGATE_ARGUMENTS_MAX) + " pointer arguments");
    }

    void checkRefused() {
        if (!G.Refused)
            return;
        size_t Column = G.Refused->Column;
        Type *Return = F.getReturnType();
        if (Return->isFloatingPointTy())
            return;
        if (!Return->isIntegerTy())
            return fail(Column,
                        "refused needs a function that returns an integer or a floating-point number");
        unsigned Bits = Return->getIntegerBitWidth();
        int64_t Value = G.Refused->Value;
        if (Bits < 64 && !isIntN(Bits, Value) && !isUIntN(Bits, static_cast<uint64_t>(Value)))
            fail(Column, "the value does not fit the return type");
    }
};

} // namespace

AttributeSet conventionAttributes(LLVMContext &Context, AttributeSet Declared) {
    AttrBuilder Kept(Context);
    for (Attribute::AttrKind Kind : {Attribute::ZExt, Attribute::SExt, Attribute::InReg, Attribute::StructRet,
                                     Attribute::StackAlignment})
        if (Declared.hasAttribute(Kind))
            Kept.addAttribute(Declared.getAttribute(Kind));
    return AttributeSet::get(Context, Kept);
}

AttributeList conventionAttributes(const Function &F) {
    AttributeList Declared = F.getAttributes();
    SmallVector<AttributeSet, 16> Arguments;
    for (const Argument &A : F.args())
        Arguments.push_back(conventionAttributes(F.getContext(), Declared.getParamAttrs(A.getArgNo())));
    return AttributeList::get(F.getContext(), AttributeSet(),
                              conventionAttributes(F.getContext(), Declared.getRetAttrs()), Arguments);
}

std::optional<GateError> buildSignature(const Function &F, const Gate &G, GateSignature &Out) {
    return Builder(F, G, Out).run();
}

} // namespace mpkgate
