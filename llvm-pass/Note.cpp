// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The note is a private constant: it has no symbol, and nothing else of the object depends on it. It is kept
// by llvm.compiler.used alone, because llvm.used would mark the section SHF_GNU_RETAIN and with that change
// the ELF header; linkers keep SHT_NOTE sections anyway.

#include "Note.h"
#include "GateRecords.h"
#include "llvm/IR/Constants.h"
#include "llvm/Support/Path.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;

namespace mpkgate {
namespace {

// The role field of an existing note, or nothing.
std::optional<uint64_t> noteRole(const GlobalVariable &V) {
    if (V.getSection() != MPKGATE_NOTE_SECTION || !V.hasInitializer())
        return std::nullopt;
    const Constant *Descriptor = V.getInitializer()->getAggregateElement(4);
    const Constant *Role = Descriptor ? Descriptor->getAggregateElement(1) : nullptr;
    const auto *Value = dyn_cast_or_null<ConstantInt>(Role);
    return Value ? std::optional<uint64_t>(Value->getZExtValue()) : std::nullopt;
}

// The name that the object's STT_FILE symbol will have, and the last component of DW_AT_name; NULs up to a
// multiple of four bytes, at least one.
std::string paddedUnitName(const Module &M) {
    std::string Name = sys::path::filename(M.getSourceFileName()).str();
    Name.resize(Name.size() + 4 - Name.size() % 4, '\0');
    return Name;
}

} // namespace

bool hasVaultNote(const Module &M) {
    return any_of(M.globals(), [](const GlobalVariable &V) { return noteRole(V) == MPKGATE_ROLE_VAULT; });
}

// The ELF gABI's note layout: name size, descriptor size, type, name padded to 4 bytes, descriptor (struct
// mpkgate_note and the unit's name).
void addNote(Module &M, mpkgate_role Role, uint32_t Replaced) {
    if (Role == MPKGATE_ROLE_PLAIN && Replaced == 0 &&
        any_of(M.globals(), [](const GlobalVariable &V) { return noteRole(V).has_value(); }))
        return;
    LLVMContext &Context = M.getContext();
    Type *I32 = Type::getInt32Ty(Context);
    auto Word = [&](uint64_t Value) { return ConstantInt::get(I32, Value); };
    Constant *Name = ConstantDataArray::getString(Context, MPKGATE_NOTE_NAME);
    static_assert(sizeof(MPKGATE_NOTE_NAME) % 4 == 0, "the name needs no padding");
    static_assert(sizeof(mpkgate_note) == 16, "four words");
    Constant *Words[] = {Word(MPKGATE_ABI_VERSION), Word(Role), Word(LLVM_VERSION_MAJOR), Word(Replaced)};
    Constant *Descriptor = ConstantArray::get(ArrayType::get(I32, 4), Words);
    std::string UnitName = paddedUnitName(M);
    Constant *Unit = ConstantDataArray::getString(Context, UnitName, /*AddNull=*/false);
    Constant *Note = ConstantStruct::getAnon(Context, {Word(sizeof(MPKGATE_NOTE_NAME)),
                                                       Word(sizeof(mpkgate_note) + UnitName.size()),
                                                       Word(MPKGATE_NOTE_PASS), Name, Descriptor, Unit});
    auto *V = new GlobalVariable(M, Note->getType(), /*isConstant=*/true, GlobalValue::PrivateLinkage, Note,
                                 "mpkgate.note");
    V->setUnnamedAddr(GlobalValue::UnnamedAddr::Global); // or .llvm_addrsig would list it
    V->setSection(MPKGATE_NOTE_SECTION);
    V->setAlignment(Align(4));
    keepLayout(V);
    appendToCompilerUsed(M, {V});
}

} // namespace mpkgate
