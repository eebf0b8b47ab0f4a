// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Other encodings of the same length (SDM volume 2, chapter 2): x86 often has two. Each is decoded and
// compared with the first before it is taken.

#include <string.h>

#include "rewrite-private.h"

// The registers of a pair of operands, or of a memory operand, may have changed places.
static bool is_same_memory(const ZydisDecodedOperand *a, const ZydisDecodedOperand *b) {
    bool same = a->mem.base == b->mem.base && a->mem.index == b->mem.index && a->mem.scale == b->mem.scale;
    bool swapped =
        a->mem.base == b->mem.index && a->mem.index == b->mem.base && a->mem.scale == 1 && b->mem.scale == 1;
    return (same || swapped) && a->mem.type == b->mem.type && a->mem.disp.value == b->mem.disp.value;
}

static bool is_same_operand(const ZydisDecodedOperand *a, const ZydisDecodedOperand *b) {
    if (a->type != b->type || a->size != b->size)
        return false;
    switch (a->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        return a->reg.value == b->reg.value;
    case ZYDIS_OPERAND_TYPE_MEMORY:
        return is_same_memory(a, b);
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        return a->imm.value.u == b->imm.value.u;
    default:
        return false;
    }
}

static bool is_symmetric(const struct insn *insn) {
    return insn->info.mnemonic == ZYDIS_MNEMONIC_TEST || insn->info.mnemonic == ZYDIS_MNEMONIC_XCHG;
}

static bool has_same_operands(const struct insn *a, const struct insn *b, bool swap) {
    unsigned count = a->info.operand_count_visible;
    for (unsigned i = 0; i < count; i++) {
        if (!is_same_operand(&a->operands[i], &b->operands[swap ? count - 1 - i : i]))
            return false;
    }
    return true;
}

static bool is_same(const struct insn *a, const struct insn *b) {
    if (a->info.mnemonic != b->info.mnemonic || a->size != b->size ||
        ((a->info.attributes ^ b->info.attributes) & REWRITE_PREFIXES) != 0 ||
        a->info.operand_width != b->info.operand_width || a->info.address_width != b->info.address_width ||
        a->info.operand_count_visible != b->info.operand_count_visible)
        return false;
    return has_same_operands(a, b, false) ||
           (is_symmetric(a) && a->info.operand_count_visible == 2 && has_same_operands(a, b, true));
}

static bool try_bytes(struct rewrite *rw, const struct insn *insn, const unsigned char *bytes) {
    struct insn other;
    return memcmp(bytes, insn->bytes, insn->size) != 0 &&
           rewrite_decode_bytes(bytes, insn->size, insn->vaddr, &other) && is_same(insn, &other) &&
           rewrite_put(rw, insn->vaddr, bytes, insn->size);
}

#define REX_R 0x04
#define REX_X 0x02
#define REX_B 0x01

static unsigned char swap_bits(unsigned char rex, unsigned char one, unsigned char other) {
    unsigned char swapped = rex & (unsigned char)~(one | other);
    swapped |= (rex & one) != 0 ? other : 0;
    swapped |= (rex & other) != 0 ? one : 0;
    return swapped;
}

// 01 ef and 03 fd: operands of ModRM change places, and the direction bit of the opcode tells so (SDM volume
// 2, B.1.4.8). TEST and XCHG have no direction, and need none.
static bool swap_registers(struct rewrite *rw, const struct insn *insn) {
    const ZydisDecodedInstruction *info = &insn->info;
    if (info->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY || info->opcode_map != ZYDIS_OPCODE_MAP_DEFAULT ||
        (info->attributes & ZYDIS_ATTRIB_HAS_MODRM) == 0 || info->raw.modrm.mod != 3)
        return false;
    bool directed = (info->opcode < 0x40 && (info->opcode & 7) < 4) || (info->opcode & 0xfc) == 0x88;
    if (!directed && !is_symmetric(insn))
        return false;
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    unsigned modrm = info->raw.modrm.offset;
    memcpy(bytes, insn->bytes, insn->size);
    bytes[modrm - 1] ^= directed ? 2 : 0;
    bytes[modrm] = (unsigned char)(0xc0 | (info->raw.modrm.rm << 3) | info->raw.modrm.reg);
    if ((info->attributes & ZYDIS_ATTRIB_HAS_REX) != 0)
        bytes[info->raw.rex.offset] = swap_bits(bytes[info->raw.rex.offset], REX_R, REX_B);
    return try_bytes(rw, insn, bytes);
}

// Base and index of an address change places; is_same refuses what that would change.
static bool swap_index(struct rewrite *rw, const struct insn *insn) {
    const ZydisDecodedInstruction *info = &insn->info;
    if (info->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY ||
        (info->attributes & ZYDIS_ATTRIB_HAS_SIB) == 0 || info->raw.sib.scale != 0)
        return false;
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    memcpy(bytes, insn->bytes, insn->size);
    bytes[info->raw.sib.offset] = (unsigned char)((info->raw.sib.base << 3) | info->raw.sib.index);
    if ((info->attributes & ZYDIS_ATTRIB_HAS_REX) != 0)
        bytes[info->raw.rex.offset] = swap_bits(bytes[info->raw.rex.offset], REX_X, REX_B);
    return try_bytes(rw, insn, bytes);
}

// As Zydis writes it.
static bool encode_anew(struct rewrite *rw, const struct insn *insn) {
    ZydisEncoderRequest request;
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZyanUSize size = sizeof(bytes);
    // Of the vector encodings is_same does not know all.
    return insn->info.encoding == ZYDIS_INSTRUCTION_ENCODING_LEGACY &&
           ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(
               &insn->info, insn->operands, insn->info.operand_count_visible, &request)) &&
           ZYAN_SUCCESS(ZydisEncoderEncodeInstruction(&request, bytes, &size)) && size == insn->size &&
           try_bytes(rw, insn, bytes);
}

bool rewrite_reencode(struct rewrite *rw, const struct insn *insn) {
    return swap_registers(rw, insn) || swap_index(rw, insn) || encode_anew(rw, insn);
}
