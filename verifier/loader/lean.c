// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// See lean.h. A whitelist: what is not known to leave the state alone gets the full gate, which is slower and
// never wrong.
#include "lean.h"

#include <Zydis/Zydis.h>
#include <inttypes.h>
#include <stdio.h>

// Instruction sets whose instructions work on general registers, or on xmm registers as a whole.
static bool is_known_set(ZydisISAExt set) {
    switch (set) {
    case ZYDIS_ISA_EXT_BASE:
    case ZYDIS_ISA_EXT_LONGMODE:
    case ZYDIS_ISA_EXT_PAUSE:
    case ZYDIS_ISA_EXT_SSE:
    case ZYDIS_ISA_EXT_SSE2:
    case ZYDIS_ISA_EXT_SSE3:
    case ZYDIS_ISA_EXT_SSSE3:
    case ZYDIS_ISA_EXT_SSE4:
    case ZYDIS_ISA_EXT_AES:
    case ZYDIS_ISA_EXT_PCLMULQDQ:
    case ZYDIS_ISA_EXT_SHA:
    case ZYDIS_ISA_EXT_BMI1:
    case ZYDIS_ISA_EXT_BMI2:
    case ZYDIS_ISA_EXT_ADOX_ADCX:
    case ZYDIS_ISA_EXT_LZCNT:
    case ZYDIS_ISA_EXT_MOVBE:
    case ZYDIS_ISA_EXT_RDRAND:
    case ZYDIS_ISA_EXT_RDSEED:
        return true;
    default:
        return false;
    }
}

// A no-operation that compilers put at the start of functions; the rest of its instruction set is not
// harmless.
static bool is_landing_pad(ZydisMnemonic mnemonic) {
    return mnemonic == ZYDIS_MNEMONIC_ENDBR64;
}

static const char *refuse_register(ZydisRegister name) {
    switch (ZydisRegisterGetClass(name)) {
    case ZYDIS_REGCLASS_INVALID:
    case ZYDIS_REGCLASS_GPR8:
    case ZYDIS_REGCLASS_GPR16:
    case ZYDIS_REGCLASS_GPR32:
    case ZYDIS_REGCLASS_GPR64:
    case ZYDIS_REGCLASS_FLAGS:
    case ZYDIS_REGCLASS_IP:
    case ZYDIS_REGCLASS_XMM: // 16 to 31 need EVEX, whose instruction sets are not known ones
        return NULL;
    case ZYDIS_REGCLASS_SEGMENT:
        return name == ZYDIS_REGISTER_FS || name == ZYDIS_REGISTER_GS ? "uses FS or GS" : NULL;
    case ZYDIS_REGCLASS_X87:
        return "uses the x87 state";
    case ZYDIS_REGCLASS_MMX:
        return "uses the MMX state";
    case ZYDIS_REGCLASS_YMM:
    case ZYDIS_REGCLASS_ZMM:
        return "uses a vector register of more than 128 bits";
    default:
        return name == ZYDIS_REGISTER_MXCSR ? "depends on MXCSR" : "uses a register that is not scrubbed";
    }
}

static const char *refuse_operand(const ZydisDecodedOperand *operand) {
    if (operand->type == ZYDIS_OPERAND_TYPE_REGISTER)
        return refuse_register(operand->reg.value);
    if (operand->type != ZYDIS_OPERAND_TYPE_MEMORY)
        return NULL;
    const char *why = refuse_register(operand->mem.segment);
    if (why == NULL)
        why = refuse_register(operand->mem.base);
    return why != NULL ? why : refuse_register(operand->mem.index);
}

static bool is_indirect_branch(const ZydisDecodedInstruction *instruction,
                               const ZydisDecodedOperand *operands) {
    ZydisInstructionCategory category = instruction->meta.category;
    bool branches = category == ZYDIS_CATEGORY_CALL || category == ZYDIS_CATEGORY_UNCOND_BR;
    return branches && operands[0].type != ZYDIS_OPERAND_TYPE_IMMEDIATE;
}

static const char *refuse_mnemonic(ZydisMnemonic mnemonic) {
    switch (mnemonic) {
    case ZYDIS_MNEMONIC_STD: // A41: the client's string instructions would run backwards
        return "sets the direction flag";
    case ZYDIS_MNEMONIC_POPF:
    case ZYDIS_MNEMONIC_POPFD:
    case ZYDIS_MNEMONIC_POPFQ:
    case ZYDIS_MNEMONIC_IRET:
    case ZYDIS_MNEMONIC_IRETD:
    case ZYDIS_MNEMONIC_IRETQ:
        return "loads the flags";
    case ZYDIS_MNEMONIC_LDMXCSR:
    case ZYDIS_MNEMONIC_STMXCSR:
        return "depends on MXCSR";
    case ZYDIS_MNEMONIC_FXSAVE:
    case ZYDIS_MNEMONIC_FXSAVE64:
    case ZYDIS_MNEMONIC_FXRSTOR:
    case ZYDIS_MNEMONIC_FXRSTOR64:
        return "uses the x87 state";
    default:
        return NULL;
    }
}

static const char *refuse(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands) {
    const char *why = refuse_mnemonic(instruction->mnemonic);
    // The classes that can raise SIMD floating-point exceptions, and so read and write MXCSR (SDM volume
    // 2, 2.4, "Type 2" and "Type 3"); the decoder does not list MXCSR as an operand of theirs.
    if (why == NULL && (instruction->meta.exception_class == ZYDIS_EXCEPTION_CLASS_SSE2 ||
                        instruction->meta.exception_class == ZYDIS_EXCEPTION_CLASS_SSE3))
        why = "computes with floating-point numbers";
    for (unsigned i = 0; i < instruction->operand_count && why == NULL; i++)
        why = refuse_operand(&operands[i]);
    if (why == NULL && instruction->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
        why = "is a far branch";
    if (why == NULL && is_indirect_branch(instruction, operands)) // A47
        why = "is an indirect branch without a retpoline";
    if (why == NULL && !is_known_set(instruction->meta.isa_ext) && !is_landing_pad(instruction->mnemonic))
        why = "is of an instruction set that the lean gate does not know";
    return why;
}

static void describe(char *text, size_t size, uint64_t vaddr, const ZydisDecodedInstruction *instruction,
                     const ZydisDecodedOperand *operands, const char *why) {
    char line[96];
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterFormatInstruction(&formatter, instruction, operands, instruction->operand_count_visible,
                                    line, sizeof(line), vaddr, NULL);
    snprintf(text, size, "0x%" PRIx64 ": %s %s", vaddr, line, why);
}

// What linkers fill the end of a segment with.
static bool is_padding(const unsigned char *bytes, uint64_t size) {
    for (uint64_t i = 0; i < size; i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

static bool sweep(const unsigned char *bytes, const Elf64_Phdr *load, char *why, size_t size) {
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (uint64_t at = 0; at < load->p_filesz;) {
        ZydisDecodedInstruction instruction;
        ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
        uint64_t left = load->p_filesz - at;
        if (left < ZYDIS_MAX_INSTRUCTION_LENGTH && is_padding(bytes + at, left))
            return true;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes + at, left, &instruction, operands))) {
            snprintf(why, size, "0x%" PRIx64 ": is no instruction that can be decoded", load->p_vaddr + at);
            return false;
        }
        const char *reason = refuse(&instruction, operands);
        if (reason != NULL) {
            describe(why, size, load->p_vaddr + at, &instruction, operands, reason);
            return false;
        }
        at += instruction.length;
    }
    return true;
}

bool image_is_lean(const struct mpk_elf *elf, char *why, size_t size) {
    size_t count;
    size_t file_size;
    const Elf64_Phdr *load = mpk_elf_loads(elf, &count);
    const unsigned char *file = mpk_elf_file(elf, &file_size);
    bool has_code = false;
    for (size_t i = 0; i < count; i++) {
        if ((load[i].p_flags & PF_X) == 0)
            continue;
        has_code = true;
        if (!sweep(file + load[i].p_offset, &load[i], why, size))
            return false;
    }
    if (!has_code)
        snprintf(why, size, "there is no code");
    return has_code;
}
