// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Which instruction, and which field of it, the bytes of a hit are. A linear sweep from the start of the
// function (or some way before the hit, where x86 code falls into step by itself); data is not decoded.

#include <Zydis/Zydis.h>
#include <stdio.h>
#include <string.h>

#include "explain-private.h"

#define SWEEP_BACK 96        // bytes before the hit, when no function start is known
#define SWEEP_MAX (1u << 20) // bytes from a function's start that are swept at most

// Field of an instruction that a byte belongs to.
enum field {
    FIELD_OPCODE = 1,
    FIELD_MODRM = 2,
    FIELD_DISPLACEMENT = 4,
    FIELD_RELATIVE = 8,
    FIELD_IMMEDIATE = 16,
    FIELD_BRANCH = 32
};

static enum field field_of(const ZydisDecodedInstruction *instruction, const ZydisDecodedOperand *operands,
                           unsigned index) {
    const __typeof(instruction->raw) *raw = &instruction->raw;
    for (unsigned i = 0; i < 2; i++) {
        if (raw->imm[i].size != 0 && index >= raw->imm[i].offset &&
            index < raw->imm[i].offset + raw->imm[i].size / 8u)
            return raw->imm[i].is_relative ? FIELD_BRANCH : FIELD_IMMEDIATE;
    }
    if (raw->disp.size != 0 && index >= raw->disp.offset && index < raw->disp.offset + raw->disp.size / 8u) {
        for (unsigned i = 0; i < instruction->operand_count; i++) {
            if (operands[i].type == ZYDIS_OPERAND_TYPE_MEMORY && operands[i].mem.base == ZYDIS_REGISTER_RIP)
                return FIELD_RELATIVE;
        }
        return FIELD_DISPLACEMENT;
    }
    bool has_modrm = (instruction->attributes & ZYDIS_ATTRIB_HAS_MODRM) != 0;
    if (has_modrm && index >= raw->modrm.offset)
        return FIELD_MODRM; // or the SIB byte behind it
    return FIELD_OPCODE;
}

struct sweep {
    struct explaining *state;
    unsigned fields; // of all bytes of the hit
    unsigned instructions;
    bool intended; // the hit is an instruction of that name
    bool bad;      // some of it does not decode
};

static void add_line(struct sweep *sweep, const ZydisDecodedInstruction *instruction,
                     const ZydisDecodedOperand *operands, uint64_t vaddr, const unsigned char *bytes) {
    struct mpk_explanation *out = sweep->state->out;
    const struct mpk_finding *finding = sweep->state->finding;
    uint64_t from = finding->vaddr > vaddr ? finding->vaddr - vaddr : 0;
    uint64_t to = finding->vaddr + finding->size - vaddr;
    if (to > instruction->length)
        to = instruction->length;
    for (uint64_t i = from; i < to; i++)
        sweep->fields |= field_of(instruction, operands, (unsigned)i);
    ZydisMnemonic mnemonic = instruction->mnemonic;
    if (sweep->instructions == 0 && to - from == finding->size &&
        (mnemonic == ZYDIS_MNEMONIC_WRPKRU || mnemonic == ZYDIS_MNEMONIC_XRSTOR ||
         mnemonic == ZYDIS_MNEMONIC_XRSTOR64))
        sweep->intended = true;
    sweep->instructions++;
    if (out->line_count == MPK_LINES_MAX)
        return;
    struct mpk_line *line = &out->lines[out->line_count++];
    line->vaddr = vaddr;
    line->size = instruction->length;
    line->mark = (uint8_t)from;
    line->marked = (uint8_t)(to - from);
    memcpy(line->bytes, bytes, instruction->length);
    ZydisFormatter formatter;
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_ATT);
    ZydisFormatterFormatInstruction(&formatter, instruction, operands, instruction->operand_count_visible,
                                    line->text, sizeof(line->text), vaddr, NULL);
}

// Decodes from start, and keeps the instructions that the hit lies in.
static void sweep_from(struct sweep *sweep, uint64_t start) {
    const struct mpk_finding *finding = sweep->state->finding;
    uint64_t end = finding->vaddr + finding->size;
    size_t size;
    const unsigned char *file = mpk_elf_file(sweep->state->elf, &size);
    ZydisDecoder decoder;
    ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    for (uint64_t vaddr = start; vaddr < end;) {
        uint64_t offset;
        if (!mpk_elf_offset(sweep->state->elf, vaddr, &offset))
            return;
        ZydisDecodedInstruction instruction;
        ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
        size_t left =
            size - offset < ZYDIS_MAX_INSTRUCTION_LENGTH ? size - offset : ZYDIS_MAX_INSTRUCTION_LENGTH;
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, file + offset, left, &instruction, operands))) {
            sweep->bad = sweep->bad || vaddr >= finding->vaddr;
            vaddr++;
            continue;
        }
        if (vaddr + instruction.length > finding->vaddr)
            add_line(sweep, &instruction, operands, vaddr, file + offset);
        vaddr += instruction.length;
    }
}

static uint64_t sweep_start(const struct explaining *state) {
    uint64_t vaddr = state->finding->vaddr;
    if (state->has_symbol && state->symbol_is_code && vaddr - state->symbol_start <= SWEEP_MAX)
        return state->symbol_start;
    uint64_t back = vaddr > SWEEP_BACK ? vaddr - SWEEP_BACK : 0;
    return state->has_section && state->section_start > back ? state->section_start : back;
}

static void show_data(struct explaining *state) {
    const struct mpk_finding *finding = state->finding;
    size_t size;
    const unsigned char *file = mpk_elf_file(state->elf, &size);
    if (finding->offset == MPK_NOWHERE || finding->offset >= size)
        return;
    struct mpk_line *line = &state->out->lines[state->out->line_count++];
    uint64_t before = finding->offset < 4 ? finding->offset : 4;
    uint64_t start = finding->offset - before;
    line->vaddr = finding->vaddr - before;
    line->mark = (uint8_t)before;
    line->marked = (uint8_t)finding->size;
    line->size = (uint8_t)(size - start < 12 ? size - start : 12);
    memcpy(line->bytes, file + start, line->size);
}

static void classify(const struct sweep *sweep, struct mpk_explanation *out) {
    const char *what;
    const char *remedy;
    if (sweep->intended) {
        what = "the instruction itself";
        remedy = "remove it; compile with MPKGate.so and call the vault through a gate";
    } else if (sweep->bad || sweep->instructions == 0) {
        what = "bytes between instructions that decode, or data among code";
        remedy = "move the data to .rodata and link with -Wl,-z,separate-code";
    } else if (sweep->instructions > 1) {
        what = "bytes that span instructions";
        remedy = "separate the instructions by a nop, or use another encoding (03 fd does what 01 ef does)";
    } else if (sweep->fields == FIELD_BRANCH) {
        what = "the offset of a branch, made by the linker";
        remedy = "relink in another order or with another section alignment, so that the distance changes";
    } else if (sweep->fields == FIELD_RELATIVE) {
        what = "a RIP-relative displacement, made by the linker";
        remedy = "relink in another order or with another section alignment, so that the distance changes";
    } else if (sweep->fields == FIELD_IMMEDIATE) {
        what = "an immediate operand";
        remedy = "load the constant from .rodata, or build it from two others";
    } else if (sweep->fields == FIELD_DISPLACEMENT) {
        what = "a displacement";
        remedy = "change the layout of the structure, or add to the base register first";
    } else {
        what = "several fields of one instruction";
        remedy = "use other registers or another constant";
    }
    snprintf(out->what, sizeof(out->what), "%s", what);
    snprintf(out->remedy, sizeof(out->remedy), "%s", remedy);
}

void mpk_explain_bytes(struct explaining *state) {
    struct mpk_explanation *out = state->out;
    if (state->has_section && !state->is_code) {
        snprintf(out->what, sizeof(out->what), "data of %s in a page that is mapped executable",
                 out->section);
        snprintf(out->remedy, sizeof(out->remedy),
                 "link with -Wl,-z,separate-code, so that code shares no page with "
                 "other bytes");
        show_data(state);
        return;
    }
    if (!state->has_section) {
        snprintf(out->what, sizeof(out->what), "bytes of no section in a page that is mapped executable");
        snprintf(out->remedy, sizeof(out->remedy),
                 "link with -Wl,-z,separate-code and keep the section headers");
        show_data(state);
        return;
    }
    struct sweep sweep = {.state = state};
    sweep_from(&sweep, sweep_start(state));
    classify(&sweep, out);
    if (out->line_count == 0)
        show_data(state);
}

const char *mpk_class_name(enum mpk_hit_class hit_class) {
    static const char *const names[] = {
        [MPK_CLASS_NONE] = "none",
        [MPK_CLASS_INTENDED] = "intended",
        [MPK_CLASS_BRANCH] = "branch",
        [MPK_CLASS_RIP_DISPLACEMENT] = "rip-displacement",
        [MPK_CLASS_IMMEDIATE] = "immediate",
        [MPK_CLASS_DISPLACEMENT] = "displacement",
        [MPK_CLASS_MODRM_SIB] = "modrm-sib",
        [MPK_CLASS_OPCODE] = "opcode",
        [MPK_CLASS_MIXED] = "mixed",
        [MPK_CLASS_SPANNING] = "spanning",
        [MPK_CLASS_TABLE] = "table",
        [MPK_CLASS_DATA_PAGE] = "data-page",
        [MPK_CLASS_DATA_BESIDE_CODE] = "data-beside-code",
        [MPK_CLASS_PADDING] = "padding",
    };
    return (size_t)hit_class < sizeof(names) / sizeof(names[0]) ? names[hit_class] : "none";
}
