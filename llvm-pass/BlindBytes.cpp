// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which constants spell a banned instruction, and how to split them.

#include "BlindBytes.h"
#include "llvm/IR/DataLayout.h"

extern "C" {
#include "scan.h"
}

using namespace llvm;

namespace mpkgate {
namespace {

bool stopAtHit(void *, mpk_pattern, uint64_t) {
    return false;
}

void appendBytes(const APInt &Value, uint64_t Size, std::vector<uint8_t> &Bytes) {
    APInt Wide = Value.zext(std::max<unsigned>(Value.getBitWidth(), Size * 8));
    for (uint64_t I = 0; I < Size; I++)
        Bytes.push_back(static_cast<uint8_t>(Wide.extractBitsAsZExtValue(8, I * 8)));
}

bool spellsAsImmediate(const APInt &Value) {
    unsigned Bits = alignTo<64>(Value.getBitWidth());
    std::vector<uint8_t> Bytes;
    appendBytes(Value.sext(Bits), Bits / 8, Bytes);
    return spellsBanned(Bytes);
}

bool appendMemory(const Constant *C, const DataLayout &Layout, std::vector<uint8_t> &Bytes) {
    Type *T = C->getType();
    uint64_t Size = Layout.getTypeStoreSize(T).getFixedValue();
    if (C->isNullValue() || isa<UndefValue>(C)) {
        Bytes.insert(Bytes.end(), Size, 0);
        return true;
    }
    if (const auto *Integer = dyn_cast<ConstantInt>(C); Integer && T->isIntegerTy()) {
        appendBytes(Integer->getValue(), Size, Bytes);
        return true;
    }
    if (const auto *Float = dyn_cast<ConstantFP>(C); Float && T->isFloatingPointTy()) {
        appendBytes(Float->getValueAPF().bitcastToAPInt(), Size, Bytes);
        return true;
    }
    const auto *Vector = dyn_cast<FixedVectorType>(T);
    if (!Vector || Vector->getScalarSizeInBits() % 8 != 0)
        return false;
    for (unsigned I = 0; I < Vector->getNumElements(); I++) {
        const Constant *Element = C->getAggregateElement(I);
        if (!Element || !appendMemory(Element, Layout, Bytes))
            return false;
    }
    return true;
}

} // namespace

bool spellsBanned(ArrayRef<uint8_t> Bytes) {
    mpk_scan Scan;
    mpk_scan_begin(&Scan, stopAtHit, nullptr);
    return !mpk_scan_feed(&Scan, Bytes.data(), Bytes.size(), 0);
}

bool spellsBanned(const APInt &Value) {
    if (Value.getBitWidth() < 24)
        return false;
    // A small number, of either sign, has no two bytes in a row that could begin a pattern. Nearly all are.
    if (Value.getSignificantBits() <= 16)
        return false;
    return spellsAsImmediate(Value) || spellsAsImmediate(-Value) || spellsAsImmediate(~Value) ||
           spellsAsImmediate(Value + 1) || spellsAsImmediate(Value - 1);
}

APInt chooseMask(ArrayRef<APInt> Values) {
    // A pattern of three bytes covers byte 2 or byte 5 of an 8-byte immediate (byte 2 of a 4-byte one), so
    // changing those breaks every one. The low bytes stay, which keeps the cases of a switch dense.
    unsigned Bits = Values[0].getBitWidth();
    for (unsigned Flip = 1; Flip < 256; Flip++) {
        APInt Mask(Bits, 0);
        for (unsigned Byte = 2; Byte * 8 < Bits; Byte += 3)
            Mask |= APInt(Bits, 1).shl(Byte * 8) * Flip;
        bool Spells = spellsBanned(Mask);
        for (const APInt &Value : Values)
            Spells = Spells || spellsBanned(Value ^ Mask);
        if (!Spells)
            return Mask;
    }
    llvm_unreachable("with 255 masks and a handful of patterns, one is free");
}

std::vector<uint8_t> memoryBytes(const Constant *C, const DataLayout &Layout) {
    std::vector<uint8_t> Bytes;
    if (!appendMemory(C, Layout, Bytes))
        Bytes.clear();
    return Bytes;
}

} // namespace mpkgate
