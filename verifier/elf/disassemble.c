// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A linear sweep over the code around a hit: which instructions, and which fields of them, its bytes are.

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include "explain-private.h"

#define NEAR 64 // bytes before the hit from which on operands are decoded too

struct decoded {
    uint64_t place;
    unsigned size;
    bool is_bad;
    bool is_rex2; // WRPKRU behind a REX2 prefix
    const unsigned char *bytes;
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
};

static const unsigned char *bytes_at(const struct explaining *state, uint64_t place, size_t *left) {
    size_t size;
    const unsigned char *file = mpk_elf_file(state->marks->elf, &size);
    uint64_t offset = place;
    const struct place_section *section = state->section;
    if (section != NULL && place >= section->place && place - section->place < section->size)
        offset = section->offset + (place - section->place);
    else if (!state->marks->is_unlinked && !mpk_elf_offset(state->marks->elf, place, &offset))
        return NULL;
    if (offset >= size)
        return NULL;
    *left = size - offset < ZYDIS_MAX_INSTRUCTION_LENGTH ? size - offset : ZYDIS_MAX_INSTRUCTION_LENGTH;
    return file + offset;
}

// Decodes one instruction, or one byte that is none. False if there is no byte.
static bool decode(const struct explaining *state, uint64_t place, bool with_operands,
                   struct decoded *decoded) {
    ZydisDecoder decoder;
    ZydisDecoderContext context;
    size_t left;
    decoded->place = place;
    decoded->bytes = bytes_at(state, place, &left);
    if (decoded->bytes == NULL)
        return false;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    ZydisDecodedInstruction *instruction = &decoded->instruction;
    decoded->is_bad =
        !ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, &context, decoded->bytes, left, instruction));
    decoded->is_rex2 = decoded->is_bad && left >= 4 && decoded->bytes[0] == 0xd5 &&
                       decoded->bytes[1] >= 0x80 && decoded->bytes[2] == 0x01 && decoded->bytes[3] == 0xef;
    decoded->is_bad = decoded->is_bad && !decoded->is_rex2;
    decoded->size = decoded->is_rex2 ? 4 : decoded->is_bad ? 1 : instruction->length;
    if (!decoded->is_bad && !decoded->is_rex2 && with_operands)
        ZydisDecoderDecodeOperands(&decoder, &context, instruction, decoded->operands,
                                   instruction->operand_count);
    return true;
}

static bool is_rip_relative(const struct decoded *decoded) {
    for (unsigned i = 0; i < decoded->instruction.operand_count; i++) {
        const ZydisDecodedOperand *operand = &decoded->operands[i];
        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.base == ZYDIS_REGISTER_RIP)
            return true;
    }
    return false;
}

static enum field field_of(const struct decoded *decoded, unsigned index) {
    const ZydisDecodedInstruction *instruction = &decoded->instruction;
    const __typeof(instruction->raw) *raw = &instruction->raw;
    if (decoded->is_rex2 || decoded->is_bad)
        return FIELD_OPCODE;
    for (unsigned i = 0; i < 2; i++) {
        if (raw->imm[i].size != 0 && index >= raw->imm[i].offset &&
            index < raw->imm[i].offset + raw->imm[i].size / 8u)
            return raw->imm[i].is_relative ? FIELD_BRANCH : FIELD_IMMEDIATE;
    }
    if (raw->disp.size != 0 && index >= raw->disp.offset && index < raw->disp.offset + raw->disp.size / 8u)
        return is_rip_relative(decoded) ? FIELD_RELATIVE : FIELD_DISPLACEMENT;
    if ((instruction->attributes & ZYDIS_ATTRIB_HAS_SIB) != 0 && index == raw->sib.offset)
        return FIELD_SIB;
    if ((instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0 && index == raw->modrm.offset)
        return FIELD_MODRM;
    return FIELD_OPCODE;
}

void mpk_format_instruction(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                            struct mpk_line *line) {
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_FORCE_RELATIVE_RIPREL, ZYAN_TRUE);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_HEX_UPPERCASE, ZYAN_FALSE);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_SIGNEDNESS, ZYDIS_SIGNEDNESS_UNSIGNED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_IMM_PADDING, ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_DISP_PADDING, ZYDIS_PADDING_DISABLED);
    ZydisFormatterSetProperty(&formatter, ZYDIS_FORMATTER_PROP_ADDR_PADDING_ABSOLUTE, ZYDIS_PADDING_DISABLED);
    ZydisFormatterFormatInstruction(&formatter, instruction, operands, instruction->operand_count_visible,
                                    line->text, sizeof(line->text), line->vaddr, NULL);
}

static void format(const struct decoded *decoded, struct mpk_line *line) {
    if (decoded->is_bad || decoded->is_rex2) {
        snprintf(line->text, sizeof(line->text), "%s",
                 decoded->is_bad ? "(no instruction)" : "wrpkru (with REX2, on CPUs with APX)");
        return;
    }
    mpk_format_instruction(&decoded->instruction, decoded->operands, line);
}

// People know places in relocatable objects by section and offset.
static uint64_t shown_place(const struct explaining *state, uint64_t place) {
    return state->marks->is_unlinked && state->section != NULL ? place - state->section->place : place;
}

static void add_line(struct explaining *state, const struct decoded *decoded, unsigned mark,
                     unsigned marked) {
    struct mpk_explanation *out = state->out;
    if (out->line_count == MPK_LINES_MAX)
        return;
    struct mpk_line *line = &out->lines[out->line_count++];
    *line = (struct mpk_line){.vaddr = shown_place(state, decoded->place),
                              .size = (uint8_t)decoded->size,
                              .mark = (uint8_t)mark,
                              .marked = (uint8_t)marked};
    memcpy(line->bytes, decoded->bytes, decoded->size);
    format(decoded, line);
}

static bool is_named(const struct explaining *state, const struct decoded *decoded) {
    ZydisMnemonic mnemonic = decoded->instruction.mnemonic;
    if (decoded->is_rex2)
        return decoded->place == state->place;
    if (decoded->is_bad)
        return false;
    if (state->finding->rule == MPK_RULE_WRPKRU)
        return mnemonic == ZYDIS_MNEMONIC_WRPKRU;
    return mnemonic == ZYDIS_MNEMONIC_XRSTOR || mnemonic == ZYDIS_MNEMONIC_XRSTOR64;
}

// An instruction that holds bytes of the hit.
static void add_hit(struct explaining *state, const struct decoded *decoded, struct sweep *sweep) {
    uint64_t end = state->place + state->finding->size;
    unsigned from = state->place > decoded->place ? (unsigned)(state->place - decoded->place) : 0;
    unsigned to = end - decoded->place < decoded->size ? (unsigned)(end - decoded->place) : decoded->size;
    unsigned fields = 0;
    for (unsigned i = from; i < to; i++)
        fields |= field_of(decoded, i);
    if (sweep->instructions == 0) {
        sweep->first = field_of(decoded, from);
        // Not when the bytes are, say, the displacement of an XRSTOR.
        sweep->is_named = to - from == state->finding->size &&
                          (fields & ~(FIELD_OPCODE | FIELD_MODRM)) == 0 && is_named(state, decoded);
        sweep->is_rex2 = sweep->is_named && decoded->is_rex2;
        const char *mnemonic = decoded->is_bad || decoded->is_rex2
                                   ? NULL
                                   : ZydisMnemonicGetString(decoded->instruction.mnemonic);
        snprintf(sweep->mnemonic, sizeof(sweep->mnemonic), "%s", mnemonic != NULL ? mnemonic : "");
    }
    sweep->fields |= fields;
    sweep->instructions++;
    sweep->is_bad = sweep->is_bad || decoded->is_bad;
    add_line(state, decoded, from, to - from);
}

void mpk_sweep(struct explaining *state, uint64_t start, struct sweep *sweep) {
    uint64_t end = state->place + state->finding->size;
    struct decoded decoded;
    struct decoded before;
    bool has_before = false;
    uint64_t place = start;
    *sweep = (struct sweep){.fields = 0};
    state->out->line_count = 0;
    while (place < end && decode(state, place, place + NEAR > state->place, &decoded)) {
        place += decoded.size;
        if (place > state->place) {
            if (has_before && sweep->instructions == 0)
                add_line(state, &before, 0, 0);
            add_hit(state, &decoded, sweep);
            continue;
        }
        sweep->is_out_of_step = sweep->is_out_of_step || decoded.is_bad;
        before = decoded;
        has_before = true;
    }
    if (sweep->instructions == 0)
        return;
    const struct place_section *section = state->section;
    bool is_inside = section == NULL || place - section->place < section->size;
    if (is_inside && decode(state, place, true, &decoded))
        add_line(state, &decoded, 0, 0);
}

// What no compiler and hardly anybody writes into a program, but random bytes decode as.
static bool is_odd(const struct decoded *decoded) {
    if (decoded->is_bad || (decoded->bytes[0] == 0 && decoded->bytes[1] == 0)) // add %al, (%rax)
        return true;
    if (decoded->is_rex2)
        return false;
    switch (decoded->instruction.meta.category) {
    case ZYDIS_CATEGORY_IO:
    case ZYDIS_CATEGORY_IOSTRINGOP:
    case ZYDIS_CATEGORY_SEGOP:
    case ZYDIS_CATEGORY_INTERRUPT:
        return decoded->instruction.mnemonic != ZYDIS_MNEMONIC_INT3;
    default:
        break;
    }
    return (decoded->instruction.attributes & ZYDIS_ATTRIB_IS_PRIVILEGED) != 0 ||
           decoded->instruction.meta.branch_type == ZYDIS_BRANCH_TYPE_FAR;
}

bool mpk_looks_like_code(const struct explaining *state, uint64_t start, uint64_t end) {
    struct decoded decoded;
    for (uint64_t place = start; place < end && decode(state, place, false, &decoded);
         place += decoded.size) {
        if (place + decoded.size <= end && is_odd(&decoded))
            return false;
    }
    return true;
}

void mpk_show_data(struct explaining *state) {
    const struct mpk_finding *finding = state->finding;
    size_t size;
    const unsigned char *file = mpk_elf_file(state->marks->elf, &size);
    if (finding->offset == MPK_NOWHERE || finding->offset >= size)
        return;
    state->out->line_count = 1;
    struct mpk_line *line = &state->out->lines[0];
    uint64_t before = finding->offset < 4 ? finding->offset : 4;
    uint64_t start = finding->offset - before;
    uint64_t place = state->marks->is_unlinked ? finding->offset : finding->vaddr;
    *line = (struct mpk_line){.vaddr = shown_place(state, place) - before,
                              .size = (uint8_t)(size - start < 12 ? size - start : 12),
                              .mark = (uint8_t)before,
                              .marked = (uint8_t)finding->size};
    memcpy(line->bytes, file + start, line->size);
}
