// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What is code, where its instructions begin, and where branches lead. Code is what an FDE or a FUNC symbol
// covers; the sweep over it starts where it does.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rewrite-private.h"

#define FUNCTION_MAX ((uint64_t)4 << 20) // bytes; longer ones are no functions
// For each of these all code is searched, which may be large.
#define SEARCHES_MAX 100u

static void init_decoder(ZydisDecoder *decoder) {
    ZydisDecoderInit(decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
}

bool rewrite_decode_bytes(const unsigned char *bytes, size_t size, uint64_t vaddr, struct insn *insn) {
    ZydisDecoder decoder;
    init_decoder(&decoder);
    insn->vaddr = vaddr;
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, size, &insn->info, insn->operands)))
        return false;
    insn->size = insn->info.length;
    memcpy(insn->bytes, bytes, insn->size);
    return true;
}

bool rewrite_decode(struct rewrite *rw, uint64_t vaddr, uint64_t end, struct insn *insn) {
    uint64_t size = end - vaddr < ZYDIS_MAX_INSTRUCTION_LENGTH ? end - vaddr : ZYDIS_MAX_INSTRUCTION_LENGTH;
    const unsigned char *bytes = vaddr < end ? rewrite_bytes(rw, vaddr, size) : NULL;
    return bytes != NULL && rewrite_decode_bytes(bytes, size, vaddr, insn);
}

static bool branch_target(const ZydisDecodedInstruction *info, uint64_t vaddr, uint64_t *target) {
    if (info->raw.imm[0].size == 0 || !info->raw.imm[0].is_relative)
        return false;
    *target = vaddr + info->length + (uint64_t)info->raw.imm[0].value.s;
    return true;
}

bool rewrite_branch(const struct insn *insn, uint64_t *target) {
    return branch_target(&insn->info, insn->vaddr, target);
}

int rewrite_rip_operand(const struct insn *insn) {
    for (int i = 0; i < insn->info.operand_count; i++) {
        const ZydisDecodedOperand *operand = &insn->operands[i];
        if (operand->type == ZYDIS_OPERAND_TYPE_MEMORY && operand->mem.base == ZYDIS_REGISTER_RIP)
            return i;
    }
    return -1;
}

// A jump whose target is not in the instruction. By way of a pointer at a fixed place (a PLT, a tail call) it
// leaves the function.
static bool is_indirect_jump(const ZydisDecodedInstruction *info) {
    return info->mnemonic == ZYDIS_MNEMONIC_JMP && info->raw.imm[0].size == 0 &&
           !(info->raw.modrm.mod == 0 && info->raw.modrm.rm == 5);
}

static void *grow(void *array, size_t count, size_t size) {
    if (count != 0 && (count < 256 || (count & (count - 1)) != 0))
        return array;
    void *grown = reallocarray(array, count < 256 ? 256 : 2 * count, size);
    if (grown == NULL)
        _exit(1); // as the library's landmarks do
    return grown;
}

static void add_step(struct function *function, uint64_t vaddr, const ZydisDecodedInstruction *info) {
    uint64_t target;
    function->at = grow(function->at, function->count, sizeof(function->at[0]));
    function->at[function->count++] = (uint32_t)(vaddr - function->start);
    function->indirect = function->indirect || is_indirect_jump(info);
    if (!branch_target(info, vaddr, &target) || target < function->start || target >= function->end)
        return;
    function->targets = grow(function->targets, function->target_count, sizeof(function->targets[0]));
    function->targets[function->target_count++] = target;
}

// Returns where the decoding ended.
static uint64_t sweep(struct rewrite *rw, struct function *function) {
    ZydisDecoder decoder;
    ZydisDecodedInstruction info;
    init_decoder(&decoder);
    const unsigned char *bytes = rewrite_bytes(rw, function->start, function->end - function->start);
    uint64_t vaddr = function->start;
    while (bytes != NULL && vaddr < function->end) {
        if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes + (vaddr - function->start),
                                                        function->end - vaddr, &info)))
            break;
        add_step(function, vaddr, &info);
        vaddr += info.length;
    }
    function->complete = vaddr == function->end;
    return vaddr;
}

static int by_offset(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static bool is_start(const struct function *function, uint64_t vaddr) {
    uint32_t offset = (uint32_t)(vaddr - function->start);
    return bsearch(&offset, function->at, function->count, sizeof(offset), by_offset) != NULL;
}

// A table among the code can decode as something that ends in the middle of an instruction. Branches into the
// middle of others tell of that; but one may lead past a LOCK prefix.
static bool is_in_step(struct rewrite *rw, const struct function *function, uint64_t decoded_to) {
    for (size_t i = 0; i < function->target_count; i++) {
        uint64_t target = function->targets[i];
        if (target >= decoded_to || is_start(function, target))
            continue;
        const unsigned char *before = rewrite_bytes(rw, target - 1, 1);
        if (before == NULL || *before != 0xf0 || !is_start(function, target - 1))
            return false;
    }
    return true;
}

static bool find_bounds(struct rewrite *rw, uint64_t place, struct function *function) {
    const struct place_frame *frame = mpk_frame_at(&rw->marks, place);
    const struct place_section *section = mpk_section_at(&rw->marks, place);
    struct place_symbol symbol = mpk_symbol_at(&rw->marks, section, place);
    bool has_symbol = symbol.name != NULL && mpk_symbol_covers(&symbol, place);
    if (section == NULL || !section->is_code || (has_symbol && symbol.type == STT_OBJECT))
        return false;
    has_symbol = has_symbol && symbol.type == STT_FUNC && symbol.size <= FUNCTION_MAX;
    if (frame == NULL && !has_symbol)
        return false;
    function->start = frame != NULL ? frame->start : symbol.place;
    function->end = frame != NULL ? frame->end : symbol.place + symbol.size;
    if (has_symbol && symbol.place > function->start)
        function->start = symbol.place;
    if (has_symbol && symbol.place + symbol.size < function->end)
        function->end = symbol.place + symbol.size;
    return function->end - function->start <= FUNCTION_MAX && function->start >= section->place &&
           function->end - section->place <= section->size;
}

bool rewrite_function(struct rewrite *rw, uint64_t place, struct function *function) {
    *function = (struct function){.start = 0};
    if (!find_bounds(rw, place, function))
        return false;
    uint64_t decoded_to = sweep(rw, function);
    if (decoded_to > place && is_in_step(rw, function, decoded_to))
        return true;
    rewrite_function_free(function);
    return false;
}

void rewrite_function_free(struct function *function) {
    free(function->at);
    free(function->targets);
    *function = (struct function){.start = 0};
}

bool rewrite_is_entered(const struct function *function, uint64_t start, uint64_t end) {
    for (size_t i = 0; i < function->target_count; i++) {
        if (function->targets[i] > start && function->targets[i] < end)
            return true;
    }
    return false;
}

// Whether compilers cut the function in parts, which jump into each other; or whether, without a symbol
// table, that cannot be told.
static bool is_in_parts(struct rewrite *rw, const struct function *function) {
    struct place_symbol symbol =
        mpk_symbol_at(&rw->marks, mpk_section_at(&rw->marks, function->start), function->start);
    if (symbol.name == NULL || symbol.type != STT_FUNC || symbol.place != function->start ||
        strchr(symbol.name, '.') != NULL)
        return true;
    size_t length = strlen(symbol.name);
    struct mpk_section table;
    if (!mpk_elf_section(rw->elf, ".symtab", &table))
        return true;
    for (size_t i = 0; i < rw->marks.symbol_count; i++) {
        const char *name = rw->marks.symbols[i].name;
        if (strncmp(name, symbol.name, length) == 0 && name[length] == '.')
            return true;
    }
    return false;
}

// A direct branch to a place in (start, end) from any code that an FDE covers.
static bool is_entered_from_elsewhere(struct rewrite *rw, uint64_t start, uint64_t end) {
    for (size_t i = 0; i < rw->marks.frame_count; i++) {
        struct function other = {.start = rw->marks.frames[i].start, .end = rw->marks.frames[i].end};
        const unsigned char *bytes = rewrite_bytes(rw, other.start, other.end - other.start);
        ZydisDecoder decoder;
        ZydisDecodedInstruction info;
        init_decoder(&decoder);
        for (uint64_t at = other.start; bytes != NULL && at < other.end; at += info.length) {
            uint64_t target;
            if (!ZYAN_SUCCESS(ZydisDecoderDecodeInstruction(&decoder, NULL, bytes + (at - other.start),
                                                            other.end - at, &info)))
                break;
            if (branch_target(&info, at, &target) && target > start && target < end)
                return true;
        }
    }
    return false;
}

const char *rewrite_why_enterable(struct rewrite *rw, const struct function *function, uint64_t start,
                                  uint64_t end) {
    struct mpk_section table;
    if (!function->complete)
        return "the function does not decode to its end";
    if (function->indirect)
        return "the function has an indirect jump, whose targets are not known";
    if (mpk_elf_section(rw->elf, ".gcc_except_table", &table))
        return "the file has landing pads, where exceptions could enter";
    if (is_in_parts(rw, function))
        return "the function may have parts elsewhere that jump into it";
    if (rw->searches++ >= SEARCHES_MAX)
        return "there are more such places than a file is searched for";
    if (rewrite_is_entered(function, start, end) || is_entered_from_elsewhere(rw, start, end))
        return "a branch leads between the instructions";
    return NULL;
}
