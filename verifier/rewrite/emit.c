// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Writes what an instruction does for another address; and, where its constant or its displacement is the
// pattern, with that made of two. What is made of two needs a register: it is saved below the red zone (128
// bytes, System V psABI, 3.2.2), and no flag changes on the way. Signals and unwinders see the stack pointer
// lower for some instructions, never above what is in use.

#include <string.h>

#include "rewrite-private.h"

#define RED_ZONE 128
#define SCRATCH_MAX 2

void rewrite_emit(struct code *code, const void *bytes, size_t size) {
    if (size <= sizeof(code->bytes) - code->size)
        memcpy(code->bytes + code->size, bytes, size);
    code->size += size; // beyond the end: rewrite_place refuses it
    code->size = code->size < sizeof(code->bytes) ? code->size : sizeof(code->bytes);
}

void rewrite_emit_row(struct code *code, struct code_row row) {
    row.at = (uint8_t)code->size;
    // A later one for the same place is the one that holds.
    if (code->row_count > 0 && code->rows[code->row_count - 1].at == row.at)
        code->row_count--;
    if (code->row_count < CODE_ROWS)
        code->rows[code->row_count++] = row;
    else
        code->size = sizeof(code->bytes); // rewrite_place refuses it
}

// The distance from the end of a field of four bytes. False if it does not fit.
static bool distance(const struct code *code, size_t size, uint64_t target, int32_t *value) {
    int64_t wide = (int64_t)(target - (code->vaddr + code->size + size));
    *value = (int32_t)wide;
    return *value == wide;
}

bool rewrite_emit_branch(struct code *code, const unsigned char *opcode, size_t size, uint64_t target) {
    int32_t value;
    if (!distance(code, size + sizeof(value), target, &value))
        return false;
    rewrite_emit(code, opcode, size);
    rewrite_emit(code, &value, sizeof(value));
    return true;
}

// --- As it is ----------------------------------------------------------------------------------------------

static bool emit_near_branch(struct code *code, const struct insn *insn, uint64_t target) {
    const unsigned char jump[] = {0xe9};
    const unsigned char jump_if[] = {0x0f, (unsigned char)(0x80 | (insn->info.opcode & 0x0f))};
    if (insn->info.mnemonic == ZYDIS_MNEMONIC_JMP)
        return rewrite_emit_branch(code, jump, sizeof(jump), target);
    return rewrite_emit_branch(code, jump_if, sizeof(jump_if), target);
}

static bool emit_rebased(struct code *code, const struct insn *insn) {
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    uint64_t target;
    if (rewrite_branch(insn, &target))
        return emit_near_branch(code, insn, target);
    memcpy(bytes, insn->bytes, insn->size);
    if (rewrite_rip_operand(insn) >= 0) {
        int32_t value;
        target = insn->vaddr + insn->size + (uint64_t)insn->info.raw.disp.value;
        if (insn->info.raw.disp.size != 32 || !distance(code, insn->size, target, &value))
            return false;
        memcpy(bytes + insn->info.raw.disp.offset, &value, sizeof(value));
    }
    rewrite_emit(code, bytes, insn->size);
    return true;
}

const char *rewrite_why_fixed(const struct insn *insn) {
    uint64_t target;
    switch (insn->info.mnemonic) {
    case ZYDIS_MNEMONIC_CALL:
        return "a call leaves its address on the stack";
    case ZYDIS_MNEMONIC_ENDBR64:
    case ZYDIS_MNEMONIC_ENDBR32:
        return "indirect branches come to it";
    case ZYDIS_MNEMONIC_SYSCALL:
    case ZYDIS_MNEMONIC_INT3:
        return "programs compare its address";
    case ZYDIS_MNEMONIC_STUI:
    case ZYDIS_MNEMONIC_WRPKRU:
    case ZYDIS_MNEMONIC_XRSTOR:
    case ZYDIS_MNEMONIC_XRSTOR64:
        return "it has no other encoding";
    default:
        break;
    }
    bool branches = rewrite_branch(insn, &target);
    if (branches && insn->info.mnemonic != ZYDIS_MNEMONIC_JMP &&
        (insn->info.meta.category != ZYDIS_CATEGORY_COND_BR || insn->info.raw.imm[0].size == 0 ||
         (insn->info.opcode & 0xf0) != (insn->info.raw.imm[0].size == 8 ? 0x70 : 0x80)))
        return "it has no form with an offset of four bytes";
    for (unsigned i = 0; i < insn->info.operand_count; i++) {
        if (insn->operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY &&
            insn->operands[i].mem.base == ZYDIS_REGISTER_EIP)
            return "it is addressed from EIP";
    }
    return NULL;
}

// --- With what it is made of -------------------------------------------------------------------------------

static ZydisRegister widest(ZydisRegister part) {
    return ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, part);
}

static bool uses(const struct insn *insn, ZydisRegister wide) {
    for (unsigned i = 0; i < insn->info.operand_count; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && widest(operand->reg.value) == wide)
            return true;
        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY &&
            (widest(operand->mem.base) == wide || widest(operand->mem.index) == wide))
            return true;
    }
    return false;
}

// Whether it reads or writes RSP otherwise than as the base of its operand in memory.
static bool uses_stack(const struct insn *insn) {
    for (unsigned i = 0; i < insn->info.operand_count; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER && widest(operand->reg.value) == ZYDIS_REGISTER_RSP)
            return true;
        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.base == ZYDIS_REGISTER_RSP &&
            operand->visibility != ZYDIS_OPERAND_VISIBILITY_EXPLICIT)
            return true;
    }
    return false;
}

static bool encode(struct code *code, ZydisEncoderRequest *request) {
    unsigned char bytes[ZYDIS_MAX_INSTRUCTION_LENGTH];
    ZyanUSize size = sizeof(bytes);
    struct insn made;
    request->machine_mode = ZYDIS_MACHINE_MODE_LONG_64;
    if (!ZYAN_SUCCESS(
            ZydisEncoderEncodeInstructionAbsolute(request, bytes, &size, code->vaddr + code->size)) ||
        !rewrite_decode_bytes(bytes, size, code->vaddr + code->size, &made) ||
        made.info.mnemonic != request->mnemonic)
        return false;
    rewrite_emit(code, bytes, size);
    return true;
}

static ZydisEncoderOperand as_register(ZydisRegister value) {
    ZydisEncoderOperand operand = {.type = ZYDIS_OPERAND_TYPE_REGISTER};
    operand.reg.value = value;
    return operand;
}

static bool encode_two(struct code *code, ZydisMnemonic mnemonic, const ZydisEncoderOperand *to,
                       const ZydisEncoderOperand *from) {
    ZydisEncoderRequest request = {.mnemonic = mnemonic, .operand_count = 2};
    request.operands[0] = *to;
    request.operands[1] = *from;
    return encode(code, &request);
}

static bool emit_lea(struct code *code, ZydisRegister to, ZydisRegister base, int64_t displacement) {
    ZydisEncoderOperand target = as_register(to);
    ZydisEncoderOperand memory = {.type = ZYDIS_OPERAND_TYPE_MEMORY};
    memory.mem.base = base;
    memory.mem.displacement = displacement;
    memory.mem.size = 8;
    return encode_two(code, ZYDIS_MNEMONIC_LEA, &target, &memory);
}

static int64_t part_of(unsigned step) {
    return 0x1040 * ((int64_t)step + 1);
}

// A constant that is not in the code: its complement and NOT, which leaves the flags alone, or a sum.
static bool emit_constant(struct code *code, ZydisRegister to, uint64_t value, unsigned step) {
    uint64_t part = (uint64_t)part_of(step);
    ZydisEncoderOperand target = as_register(to);
    ZydisEncoderOperand immediate = {.type = ZYDIS_OPERAND_TYPE_IMMEDIATE};
    immediate.imm.u = step == 0 ? ~value : value - part;
    if (!encode_two(code, ZYDIS_MNEMONIC_MOV, &target, &immediate))
        return false;
    if (step != 0)
        return emit_lea(code, to, to, (int64_t)part);
    ZydisEncoderRequest invert = {.mnemonic = ZYDIS_MNEMONIC_NOT, .operand_count = 1};
    invert.operands[0] = target;
    return encode(code, &invert);
}

struct split {
    struct code *code;
    const struct insn *insn;
    unsigned step;
    ZydisRegister scratch[SCRATCH_MAX];
    unsigned scratch_count;
    unsigned used;
    int64_t lowered; // bytes by which RSP is lower
    ZydisEncoderRequest request;
};

static void emit_stack_register(struct code *code, unsigned char opcode, ZydisRegister wide) {
    unsigned id = (unsigned)ZydisRegisterGetId(wide);
    unsigned char bytes[] = {0x41, (unsigned char)(opcode + (id & 7))};
    rewrite_emit(code, id < 8 ? bytes + 1 : bytes, id < 8 ? 1 : 2);
}

// What the registers are now.
static void emit_split_row(const struct split *split, unsigned saved, bool is_behind) {
    struct code_row row = {.stands_for = split->insn->vaddr + (is_behind ? split->insn->size : 0),
                           .saved_count = (uint8_t)saved};
    static const uint8_t dwarf[] = {0, 2, 1, 3}; // of RAX, RCX, RDX, RBX, by their numbers in machine code
    row.lowered = (uint8_t)(RED_ZONE + 8 * saved);
    for (unsigned i = 0; i < saved; i++)
        row.saved[i] = dwarf[ZydisRegisterGetId(split->scratch[i]) & 3];
    rewrite_emit_row(split->code, row);
}

// The first four come without a REX prefix as bytes, beside AH and its like.
static bool choose_scratch(struct split *split) {
    static const ZydisRegister choice[] = {ZYDIS_REGISTER_RAX, ZYDIS_REGISTER_RCX, ZYDIS_REGISTER_RDX,
                                           ZYDIS_REGISTER_RBX};
    unsigned found = 0;
    for (size_t i = 0; i < sizeof(choice) / sizeof(choice[0]) && found < split->scratch_count; i++) {
        if (!uses(split->insn, choice[i]))
            split->scratch[found++] = choice[i];
    }
    return found == split->scratch_count && !uses_stack(split->insn) && !split->code->no_stack;
}

static bool open_scratch(struct split *split) {
    if (!choose_scratch(split) || !emit_lea(split->code, ZYDIS_REGISTER_RSP, ZYDIS_REGISTER_RSP, -RED_ZONE))
        return false;
    emit_split_row(split, 0, false);
    for (unsigned i = 0; i < split->scratch_count; i++) {
        emit_stack_register(split->code, 0x50, split->scratch[i]);
        emit_split_row(split, i + 1, false);
    }
    split->lowered = RED_ZONE + 8 * (int64_t)split->scratch_count;
    return true;
}

static bool close_scratch(struct split *split) {
    emit_split_row(split, split->scratch_count, true);
    for (unsigned i = split->scratch_count; i > 0; i--) {
        emit_stack_register(split->code, 0x58, split->scratch[i - 1]);
        emit_split_row(split, i - 1, true);
    }
    return emit_lea(split->code, ZYDIS_REGISTER_RSP, ZYDIS_REGISTER_RSP, RED_ZONE);
}

static ZydisRegister part_register(ZydisRegister wide, unsigned bits) {
    ZydisRegisterClass class = bits == 8    ? ZYDIS_REGCLASS_GPR8
                               : bits == 16 ? ZYDIS_REGCLASS_GPR16
                               : bits == 32 ? ZYDIS_REGCLASS_GPR32
                                            : ZYDIS_REGCLASS_GPR64;
    return ZydisRegisterEncode(class, (ZyanU8)ZydisRegisterGetId(wide));
}

static int find_operand(const struct insn *insn, ZydisOperandType type) {
    for (int i = 0; i < insn->info.operand_count_visible; i++) {
        if (insn->operands[i].type == type)
            return i;
    }
    return -1;
}

// The memory operand: relative to the stack pointer as it is now, or to the place that a RIP-relative one
// names.
static bool adjust_memory(struct split *split, bool displacement) {
    int index = find_operand(split->insn, ZYDIS_OPERAND_TYPE_MEMORY);
    if (index < 0)
        return !displacement;
    const ZydisDecodedOperand *from = &split->insn->operands[index];
    ZydisEncoderOperand *memory = &split->request.operands[index];
    int64_t value = from->mem.disp.value;
    if (from->mem.base == ZYDIS_REGISTER_RIP) {
        memory->mem.displacement = (int64_t)(split->insn->vaddr + split->insn->size + (uint64_t)value);
        return !displacement;
    }
    if (from->mem.base == ZYDIS_REGISTER_RSP)
        value += split->lowered;
    memory->mem.displacement = value;
    if (!displacement)
        return true;
    if (split->insn->info.address_width != 64 || from->mem.disp.value == 0)
        return false;
    ZydisRegister scratch = split->scratch[split->used++];
    memory->mem.base = scratch;
    memory->mem.displacement = from->mem.base == ZYDIS_REGISTER_NONE ? 0 : part_of(split->step);
    if (from->mem.base == ZYDIS_REGISTER_NONE)
        return emit_constant(split->code, scratch, (uint64_t)value, split->step);
    value -= memory->mem.displacement;
    return value == (int32_t)value && emit_lea(split->code, scratch, from->mem.base, value);
}

static bool takes_register_for_immediate(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_ADD:
    case ZYDIS_MNEMONIC_ADC:
    case ZYDIS_MNEMONIC_AND:
    case ZYDIS_MNEMONIC_CMP:
    case ZYDIS_MNEMONIC_IMUL:
    case ZYDIS_MNEMONIC_MOV:
    case ZYDIS_MNEMONIC_OR:
    case ZYDIS_MNEMONIC_SBB:
    case ZYDIS_MNEMONIC_SUB:
    case ZYDIS_MNEMONIC_TEST:
    case ZYDIS_MNEMONIC_XOR:
        return true;
    default:
        return false;
    }
}

// The register takes the place of the constant. Of IMUL, which has three operands with a constant and two
// with a register, it becomes the target as well, and *target is what it belongs into.
static bool adjust_immediate(struct split *split, ZydisRegister *product) {
    int index = find_operand(split->insn, ZYDIS_OPERAND_TYPE_IMMEDIATE);
    unsigned width = split->insn->operands[0].size;
    if (index != split->insn->info.operand_count_visible - 1 ||
        !takes_register_for_immediate(split->insn->info.mnemonic))
        return false;
    ZydisRegister wide = split->scratch[split->used++];
    ZydisRegister scratch = part_register(wide, width);
    uint64_t value = split->insn->operands[index].imm.value.u;
    if (!emit_constant(split->code, wide, value, split->step))
        return false;
    if (split->insn->info.mnemonic != ZYDIS_MNEMONIC_IMUL) {
        split->request.operands[index] = as_register(scratch);
        return index == 1;
    }
    *product = scratch;
    split->request.operands[0] = as_register(scratch);
    split->request.operand_count = 2;
    return index == 2;
}

static bool is_same_vector(const ZydisDecodedInstruction *a, const ZydisDecodedInstruction *b) {
    return a->avx.vector_length == b->avx.vector_length && a->avx.mask.mode == b->avx.mask.mode &&
           a->avx.mask.reg == b->avx.mask.reg && a->avx.broadcast.mode == b->avx.broadcast.mode &&
           a->avx.rounding.mode == b->avx.rounding.mode && a->avx.has_sae == b->avx.has_sae;
}

static bool is_same_operand(const struct split *split, int index, const ZydisDecodedOperand *b) {
    const ZydisDecodedOperand *a = &split->insn->operands[index];
    const ZydisEncoderOperand *wanted = &split->request.operands[index];
    if (wanted->type != b->type || (a->type == b->type && a->size != b->size))
        return false;
    switch (b->type) {
    case ZYDIS_OPERAND_TYPE_REGISTER:
        return b->reg.value == wanted->reg.value;
    case ZYDIS_OPERAND_TYPE_MEMORY:
        return a->mem.type == b->mem.type && b->mem.base == wanted->mem.base &&
               a->mem.index == b->mem.index && a->mem.scale == b->mem.scale;
    case ZYDIS_OPERAND_TYPE_IMMEDIATE:
        return a->imm.value.u == b->imm.value.u;
    default:
        return false;
    }
}

// Whether the instruction that was written last, from the byte at, does what the old one did, but for the
// operands that were exchanged.
static bool is_same(const struct split *split, size_t at) {
    const struct code *code = split->code;
    const struct insn *old = split->insn;
    struct insn made;
    if (!rewrite_decode_bytes(code->bytes + at, code->size - at, code->vaddr + at, &made) ||
        made.info.mnemonic != old->info.mnemonic || !is_same_vector(&made.info, &old->info) ||
        ((made.info.attributes ^ old->info.attributes) & REWRITE_PREFIXES) != 0 ||
        made.info.operand_count_visible != split->request.operand_count)
        return false;
    for (int i = 0; i < made.info.operand_count_visible; i++) {
        if (!is_same_operand(split, i, &made.operands[i]))
            return false;
    }
    return true;
}

static bool emit_with_scratch(struct code *code, const struct insn *insn, unsigned variant, unsigned step) {
    struct split split = {.code = code, .insn = insn, .step = step};
    ZydisRegister product = ZYDIS_REGISTER_NONE;
    split.scratch_count = ((variant & EMIT_IMMEDIATE) != 0) + ((variant & EMIT_DISPLACEMENT) != 0);
    if (!ZYAN_SUCCESS(ZydisEncoderDecodedInstructionToEncoderRequest(
            &insn->info, insn->operands, insn->info.operand_count_visible, &split.request)) ||
        !open_scratch(&split) || !adjust_memory(&split, (variant & EMIT_DISPLACEMENT) != 0))
        return false;
    if ((variant & EMIT_IMMEDIATE) != 0 && !adjust_immediate(&split, &product))
        return false;
    size_t at = code->size;
    if (!encode(code, &split.request) || !is_same(&split, at))
        return false;
    if (product != ZYDIS_REGISTER_NONE) {
        ZydisEncoderOperand target = as_register(insn->operands[0].reg.value);
        ZydisEncoderOperand from = as_register(product);
        if (!encode_two(code, ZYDIS_MNEMONIC_MOV, &target, &from))
            return false;
    }
    return close_scratch(&split);
}

// A register that gets a constant needs no other one.
static bool emit_load(struct code *code, const struct insn *insn, unsigned step) {
    ZydisRegister target = insn->operands[0].reg.value;
    uint64_t value = insn->operands[1].imm.value.u;
    if (insn->operands[0].size == 32)
        value = (uint32_t)value;
    return emit_constant(code, widest(target), value, step);
}

static bool is_load(const struct insn *insn) {
    return insn->info.mnemonic == ZYDIS_MNEMONIC_MOV && insn->info.operand_count_visible == 2 &&
           insn->operands[0].type == ZYDIS_OPERAND_TYPE_REGISTER && insn->operands[0].size >= 32 &&
           insn->operands[1].type == ZYDIS_OPERAND_TYPE_IMMEDIATE && !uses_stack(insn);
}

// PUSH of the complement, and NOT of what it pushed.
static bool emit_push(struct code *code, const struct insn *insn) {
    const unsigned char invert[] = {0x48, 0xf7, 0x14, 0x24}; // notq (%rsp)
    int32_t value = ~(int32_t)insn->operands[0].imm.value.s;
    unsigned char opcode = 0x68;
    rewrite_emit(code, &opcode, 1);
    rewrite_emit(code, &value, sizeof(value));
    rewrite_emit_row(code, (struct code_row){.stands_for = insn->vaddr + insn->size});
    rewrite_emit(code, invert, sizeof(invert));
    return true;
}

bool rewrite_emit_insn(struct code *code, const struct insn *insn, unsigned variant, unsigned step) {
    uint64_t target;
    if (rewrite_why_fixed(insn) != NULL)
        return false;
    if (variant == 0)
        return emit_rebased(code, insn);
    if (rewrite_branch(insn, &target) || insn->info.meta.category == ZYDIS_CATEGORY_UNCOND_BR)
        return false;
    if (variant == EMIT_IMMEDIATE && is_load(insn))
        return emit_load(code, insn, step);
    if (variant == EMIT_IMMEDIATE && insn->info.opcode == 0x68 &&
        insn->info.mnemonic == ZYDIS_MNEMONIC_PUSH && insn->info.operand_width == 64)
        return emit_push(code, insn);
    return emit_with_scratch(code, insn, variant, step);
}
