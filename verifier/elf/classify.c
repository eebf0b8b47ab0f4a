// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the bytes of a hit are, in a word and in words, and what helps. A linear sweep is believed when it
// starts where a function does; between functions it is a guess at best, and tables there decode as anything.

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "explain-private.h"

#define SWEEP_MAX (1u << 20) // bytes from a function's start that are swept at most
#define GUESS_BACK 4096u     // bytes before the hit where a guess starts, for x86 code to fall into step
#define GUESS_AROUND 512u    // bytes before and behind the hit that must look like code

__attribute__((format(printf, 4, 5))) static void tell(struct explaining *state, enum mpk_hit_class hit_class,
                                                       const char *remedy, const char *format, ...) {
    struct mpk_explanation *out = state->out;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out->what, sizeof(out->what), format, arguments);
    va_end(arguments);
    out->hit_class = hit_class;
    snprintf(out->remedy, sizeof(out->remedy), "%s", remedy);
}

static void append(struct explaining *state, const char *text) {
    size_t used = strlen(state->out->what);
    snprintf(state->out->what + used, sizeof(state->out->what) - used, "%s", text);
}

// --- Data --------------------------------------------------------------------------------------------------

// Whether a page that the hit touches holds code too.
static bool is_beside_code(const struct explaining *state) {
    const struct landmarks *marks = state->marks;
    uint64_t from = state->finding->vaddr & ~(uint64_t)(MPK_PAGE - 1);
    uint64_t to = ((state->finding->vaddr + state->finding->size - 1) | (MPK_PAGE - 1));
    for (size_t i = 0; i < marks->section_count; i++) {
        const struct place_section *section = &marks->sections[i];
        if (section->is_code && section->place <= to && section->place + section->size > from)
            return true;
    }
    return false;
}

static void explain_data(struct explaining *state) {
    const char *name = state->section->name != NULL ? state->out->section : "a section";
    mpk_show_data(state);
    if (is_beside_code(state))
        tell(state, MPK_CLASS_DATA_BESIDE_CODE,
             "link with -Wl,-z,separate-code, so that code shares no page with other bytes",
             "data of %s in a page that is mapped executable, because code lies in it too", name);
    else
        tell(state, MPK_CLASS_DATA_PAGE,
             "link with -Wl,-z,separate-code, so that the page, which needs it not, is not mapped executable",
             "data of %s in a page that is mapped executable, though no code lies in it", name);
}

static void explain_padding(struct explaining *state) {
    size_t count;
    (void)mpk_elf_phdrs(state->marks->elf, &count);
    bool is_header = state->finding->offset < sizeof(Elf64_Ehdr) + count * sizeof(Elf64_Phdr);
    mpk_show_data(state);
    tell(state, MPK_CLASS_PADDING,
         "link with -Wl,-z,separate-code; then nothing but code and zeros lies in executable pages",
         "%s in a page that is mapped executable", is_header ? "the file's headers" : "bytes of no section");
}

// --- Code --------------------------------------------------------------------------------------------------

static const char *field_name(enum field field) {
    switch (field) {
    case FIELD_OPCODE:
        return "opcode";
    case FIELD_MODRM:
        return "ModRM";
    case FIELD_SIB:
        return "SIB";
    case FIELD_DISPLACEMENT:
        return "displacement";
    case FIELD_RELATIVE:
        return "RIP-relative displacement";
    case FIELD_IMMEDIATE:
        return "immediate";
    case FIELD_BRANCH:
        return "branch offset";
    }
    return "";
}

// "SIB and displacement", in the order that they have in an instruction.
static void name_fields(unsigned fields, char *text, size_t size) {
    text[0] = '\0';
    for (unsigned bit = FIELD_OPCODE; bit <= FIELD_BRANCH; bit *= 2) {
        if ((fields & bit) == 0)
            continue;
        size_t used = strlen(text);
        bool is_last = (fields & ~(2 * bit - 1)) == 0;
        snprintf(text + used, size - used, "%s%s",
                 used == 0 ? ""
                 : is_last ? " and "
                           : ", ",
                 field_name((enum field)bit));
    }
}

static const char *spanning_remedy(const struct explaining *state) {
    if (state->finding->rule == MPK_RULE_WRPKRU && state->finding->size == 3)
        return "put a nop between the instructions, or write the second one as 03 fd, which adds the same "
               "registers as 01 ef";
    return "put a nop between the instructions, or change their order or registers";
}

static void explain_fields(struct explaining *state, const struct sweep *sweep) {
    static const char layout[] =
        "relink in another order or with another section alignment, so that the distance changes";
    char names[80];
    name_fields(sweep->fields, names, sizeof(names));
    if (sweep->instructions > 1)
        tell(state, MPK_CLASS_SPANNING, spanning_remedy(state), "bytes that span %u instructions",
             sweep->instructions);
    else if ((sweep->fields & ~(FIELD_OPCODE | FIELD_MODRM)) == 0)
        tell(state, MPK_CLASS_OPCODE,
             "use another instruction: this one cannot be encoded without these bytes (compile without "
             "-muintr, if it is STUI)",
             "opcode bytes of another instruction, %s", sweep->mnemonic);
    else if (sweep->fields == FIELD_BRANCH)
        tell(state, MPK_CLASS_BRANCH, layout, "the offset of a branch, made by the linker");
    else if (sweep->fields == FIELD_RELATIVE)
        tell(state, MPK_CLASS_RIP_DISPLACEMENT, layout, "a RIP-relative displacement, made by the linker");
    else if (sweep->fields == FIELD_IMMEDIATE)
        tell(state, MPK_CLASS_IMMEDIATE, "load the constant from .rodata, or build it from two others",
             "an immediate operand");
    else if (sweep->fields == FIELD_DISPLACEMENT)
        tell(state, MPK_CLASS_DISPLACEMENT,
             "change the layout of the structure, or add to the base register first", "a displacement");
    else if (sweep->first == FIELD_MODRM || sweep->first == FIELD_SIB)
        tell(state, MPK_CLASS_MODRM_SIB, "use other registers or another constant", "%s of one instruction",
             names);
    else
        tell(state, MPK_CLASS_MIXED, "use another constant or another layout of the structure",
             "%s of one instruction", names);
}

static void explain_intended(struct explaining *state, const struct sweep *sweep) {
    bool is_xrstor = state->finding->rule == MPK_RULE_XRSTOR;
    tell(state, MPK_CLASS_INTENDED,
         is_xrstor ? "restore the registers that you need with ordinary moves"
                   : "remove it; compile with MPKGate.so and call the vault through a gate",
         "the instruction itself%s", sweep->is_rex2 ? ", behind a REX2 prefix (APX)" : "");
}

static void explain_table(struct explaining *state, const char *why) {
    tell(state, MPK_CLASS_TABLE,
         "if these are data, move them to .rodata and link with -Wl,-z,separate-code; if it is code, give it "
         ".type NAME, @function and .size or .cfi_startproc, and this report will tell more",
         "data among code: %s", why);
}

// Code, but where it begins is not known for sure.
static void explain_guess(struct explaining *state, const struct sweep *sweep) {
    if (sweep->is_named) {
        explain_table(state, "decodes as the instruction itself, but no FDE and no FUNC symbol covers it");
        return;
    }
    explain_fields(state, sweep);
    append(state, " (a guess: no FDE and no FUNC symbol covers them)");
}

// Where code begins that holds the place; false if nothing says so.
static bool find_start(const struct explaining *state, uint64_t *start) {
    const struct place_frame *frame = mpk_frame_at(state->marks, state->place);
    bool has_symbol = mpk_symbol_covers(&state->symbol, state->place) && state->symbol.type == STT_FUNC;
    if (frame == NULL && !has_symbol)
        return false;
    *start = frame != NULL ? frame->start : 0;
    if (has_symbol && state->symbol.place > *start)
        *start = state->symbol.place;
    return state->place - *start <= SWEEP_MAX;
}

// The last place before the hit where something begins or ends that is known, and the first one behind it.
static void find_gap(const struct explaining *state, uint64_t *start, uint64_t *end) {
    const struct landmarks *marks = state->marks;
    uint64_t place = state->place;
    uint64_t known[3];
    *start = place > GUESS_BACK ? place - GUESS_BACK : 0;
    *end = place + state->finding->size + GUESS_AROUND;
    if (state->section != NULL) {
        if (state->section->place > *start)
            *start = state->section->place;
        if (state->section->place + state->section->size < *end)
            *end = state->section->place + state->section->size;
    }
    for (size_t i = 0; i < marks->frame_count + marks->symbol_count; i++) {
        const struct place_frame *frame = i < marks->frame_count ? &marks->frames[i] : NULL;
        const struct place_symbol *symbol = frame == NULL ? &marks->symbols[i - marks->frame_count] : NULL;
        known[0] = frame != NULL ? frame->start : symbol->place;
        known[1] = frame != NULL ? frame->end : symbol->place + symbol->size;
        for (size_t n = 0; n < 2; n++) {
            if (known[n] <= place && known[n] > *start)
                *start = known[n];
            if (known[n] > place && known[n] < *end)
                *end = known[n];
        }
    }
}

static void explain_uncovered(struct explaining *state) {
    uint64_t start;
    uint64_t end;
    struct sweep sweep;
    find_gap(state, &start, &end);
    mpk_sweep(state, start, &sweep);
    uint64_t from = state->place - start > GUESS_AROUND ? state->place - GUESS_AROUND : start;
    if (sweep.instructions == 0 || sweep.is_bad || !mpk_looks_like_code(state, from, end))
        explain_table(state, "no FDE and no FUNC symbol covers it, and it does not look like code");
    else
        explain_guess(state, &sweep);
}

static void explain_code(struct explaining *state) {
    uint64_t start;
    struct sweep sweep;
    if (mpk_symbol_covers(&state->symbol, state->place) && state->symbol.type == STT_OBJECT) {
        mpk_show_data(state);
        explain_table(state, "an OBJECT symbol covers it");
        return;
    }
    if (!find_start(state, &start)) {
        explain_uncovered(state);
        return;
    }
    mpk_sweep(state, start, &sweep);
    if (sweep.instructions == 0 || sweep.is_bad)
        explain_table(state, "bytes in a function that are no instruction");
    else if (sweep.is_named && sweep.is_out_of_step)
        explain_table(state, "decodes as the instruction itself, but bytes before it are no instructions");
    else if (sweep.is_named)
        explain_intended(state, &sweep);
    else
        explain_fields(state, &sweep);
    if (sweep.instructions == 0)
        mpk_show_data(state);
}

// Without section headers nothing tells code from data, but that it lies in the segment proper.
static bool is_in_code_segment(const struct explaining *state) {
    size_t count;
    const Elf64_Phdr *load = mpk_elf_loads(state->marks->elf, &count);
    for (size_t i = 0; i < count; i++) {
        if ((load[i].p_flags & PF_X) != 0 && state->place >= load[i].p_vaddr &&
            state->place - load[i].p_vaddr < load[i].p_filesz)
            return true;
    }
    return false;
}

void mpk_explain_bytes(struct explaining *state) {
    bool is_segment = state->marks->section_count == 0 && is_in_code_segment(state);
    if (state->section == NULL && !is_segment) {
        explain_padding(state);
        return;
    }
    if (state->section != NULL && !state->section->is_code) {
        explain_data(state);
        return;
    }
    explain_code(state);
    if (!state->marks->is_unlinked && state->place != state->finding->vaddr)
        append(state, ", in a page that is mapped a second time at another address");
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
