// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Patterns in code: the smallest change that takes one out. In this order: another encoding in place; a
// branch by way of a thunk, which keeps its length and what it leaves on the stack; one instruction moved
// whole; and only then several, for which no branch may lead between them.

#include <inttypes.h>
#include <string.h>

#include "rewrite-private.h"

#define JUMP_SIZE 5u // e9 and four bytes
#define GROUP_MAX 8u // instructions that are moved together
#define PLACES 4096u // in the area, that are tried for one piece of code

static const unsigned char jump[] = {0xe9};

// --- The area ----------------------------------------------------------------------------------------------

// INT3 up to end, and some more: most files need little of the area, so it is not filled at once.
static void make_ready(struct rewrite *rw, size_t end) {
    end = end < AREA_MAX - MPK_PAGE ? end + MPK_PAGE : AREA_MAX;
    if (end <= rw->area_ready)
        return;
    memset(rw->area + rw->area_ready, 0xcc, end - rw->area_ready);
    rw->area_ready = end;
}

static bool put_branch(struct rewrite *rw, uint64_t vaddr, size_t size, const unsigned char *opcode,
                       size_t opcode_size, uint64_t target) {
    struct code branch = {.vaddr = vaddr};
    if (!rewrite_emit_branch(&branch, opcode, opcode_size, target) || branch.size > size ||
        size > sizeof(branch.bytes))
        return false;
    memset(branch.bytes + branch.size, 0xcc, size - branch.size);
    return rewrite_put(rw, vaddr, branch.bytes, size);
}

bool rewrite_place(struct rewrite *rw, area_writer writer, void *context, uint64_t vaddr, size_t size,
                   const unsigned char *opcode, size_t opcode_size, struct code *code) {
    if (!rewrite_reserve_piece(rw))
        return false;
    for (unsigned attempt = 0; attempt < PLACES; attempt++) {
        size_t at = ((rw->area_used + 15) & ~(size_t)15) + attempt;
        *code = (struct code){.vaddr = rw->area_vaddr + at, .no_stack = rw->has_small_stacks};
        if (at + sizeof(code->bytes) > AREA_MAX)
            return false;
        make_ready(rw, at + sizeof(code->bytes));
        if (!writer(context, code, attempt) || code->size == sizeof(code->bytes) ||
            !rewrite_put(rw, code->vaddr, code->bytes, code->size))
            continue;
        if (opcode_size == 0 || put_branch(rw, vaddr, size, opcode, opcode_size, code->vaddr)) {
            rw->area_used = at + code->size;
            rewrite_add_piece(rw, code);
            return true;
        }
        memset(rw->area + at, 0xcc, code->size);
    }
    return false;
}

// --- A hit -------------------------------------------------------------------------------------------------

struct hit {
    struct rewrite *rw;
    struct mpk_rewrite_site *site;
    struct function function;
    size_t first; // instructions that have bytes of it
    size_t last;
    const char *why; // it could not be taken out, as far as is known
};

static uint64_t insn_start(const struct hit *hit, size_t index) {
    return hit->function.start + hit->function.at[index];
}

static uint64_t insn_end(const struct hit *hit, size_t index) {
    return index + 1 < hit->function.count ? insn_start(hit, index + 1) : hit->function.end;
}

static bool decode_index(const struct hit *hit, size_t index, struct insn *insn) {
    return rewrite_decode(hit->rw, insn_start(hit, index), insn_end(hit, index), insn);
}

// A hit may begin in one function and end in the next: only the instructions of this one count.
static bool find_instructions(struct hit *hit, uint64_t place, uint64_t size) {
    struct insn insn;
    bool found = false;
    for (size_t i = 0; i < hit->function.count; i++) {
        if (insn_start(hit, i) >= place + size || insn_end(hit, i) <= place)
            continue;
        hit->first = found ? hit->first : i;
        hit->last = i;
        found = true;
    }
    return found && decode_index(hit, hit->last, &insn);
}

// --- In place ----------------------------------------------------------------------------------------------

static bool reencode(struct hit *hit) {
    for (size_t i = hit->first; i <= hit->last; i++) {
        struct insn insn;
        if (!decode_index(hit, i, &insn) || !rewrite_reencode(hit->rw, &insn))
            continue;
        rewrite_show(hit->rw, hit->site, insn_start(hit, hit->first),
                     insn_end(hit, hit->last) - insn_start(hit, hit->first));
        rewrite_tell(hit->site, MPK_REWRITE_REENCODED,
                     "the instruction at 0x%" PRIx64 " has another encoding now", insn.vaddr);
        return true;
    }
    return false;
}

// --- By way of a thunk -------------------------------------------------------------------------------------

struct thunk {
    uint64_t target;
    bool is_called; // it leads to a function, and the address to return to is on the stack
};

static bool write_jump(void *context, struct code *code, unsigned attempt) {
    const struct thunk *thunk = context;
    (void)attempt;
    rewrite_emit_row(code, (struct code_row){.stands_for = thunk->is_called ? 0 : thunk->target});
    return rewrite_emit_branch(code, jump, sizeof(jump), thunk->target);
}

// jmp *target(%rip)
static bool write_indirect_jump(void *context, struct code *code, unsigned attempt) {
    const unsigned char opcode[] = {0xff, 0x25};
    (void)attempt;
    rewrite_emit_row(code, (struct code_row){.stands_for = 0});
    return rewrite_emit_branch(code, opcode, sizeof(opcode), *(const uint64_t *)context);
}

static bool tell_thunk(struct hit *hit, const struct insn *insn, const struct code *code, uint64_t target) {
    rewrite_show(hit->rw, hit->site, insn->vaddr, insn->size);
    rewrite_show(hit->rw, hit->site, code->vaddr, code->size);
    rewrite_tell(hit->site, MPK_REWRITE_THUNK,
                 "the branch at 0x%" PRIx64 " to 0x%" PRIx64 " goes by way of 0x%" PRIx64, insn->vaddr,
                 target, code->vaddr);
    return true;
}

// The opcode stays, and its length: what a call leaves on the stack is the same.
static bool retarget(struct hit *hit, const struct insn *insn) {
    struct code code;
    struct thunk thunk = {.is_called = insn->info.mnemonic == ZYDIS_MNEMONIC_CALL};
    if (!rewrite_branch(insn, &thunk.target) || insn->info.raw.imm[0].size != 32 ||
        insn->info.mnemonic == ZYDIS_MNEMONIC_XBEGIN)
        return false;
    return rewrite_place(hit->rw, write_jump, &thunk, insn->vaddr, insn->size, insn->bytes,
                         insn->info.raw.imm[0].offset, &code) &&
           tell_thunk(hit, insn, &code, thunk.target);
}

// ff 15 rel32 becomes 67 e8 rel32, with a prefix that means nothing there: as long as it was.
static bool retarget_indirect_call(struct hit *hit, const struct insn *insn) {
    const unsigned char opcode[] = {0x67, 0xe8};
    struct code code;
    if (insn->info.mnemonic != ZYDIS_MNEMONIC_CALL || insn->size != 6 || insn->bytes[0] != 0xff ||
        insn->bytes[1] != 0x15)
        return false;
    uint64_t slot = insn->vaddr + insn->size + (uint64_t)insn->info.raw.disp.value;
    return rewrite_place(hit->rw, write_indirect_jump, &slot, insn->vaddr, insn->size, opcode, sizeof(opcode),
                         &code) &&
           tell_thunk(hit, insn, &code, slot);
}

static bool use_thunk(struct hit *hit) {
    for (size_t i = hit->first; i <= hit->last; i++) {
        struct insn insn;
        if (decode_index(hit, i, &insn) && (retarget(hit, &insn) || retarget_indirect_call(hit, &insn)))
            return true;
    }
    return false;
}

// --- Elsewhere ---------------------------------------------------------------------------------------------

struct group {
    const struct insn *insns;
    size_t count;
    uint64_t end;    // behind the last one
    bool split;      // a constant or displacement was made of two
    unsigned fences; // NOPs between instructions
};

static bool ends_flow(const struct insn *insn) {
    return insn->info.mnemonic == ZYDIS_MNEMONIC_JMP || insn->info.mnemonic == ZYDIS_MNEMONIC_RET ||
           insn->info.mnemonic == ZYDIS_MNEMONIC_UD2;
}

static bool note_hit(void *context, enum mpk_pattern pattern, uint64_t address) {
    (void)pattern;
    (void)address;
    *(bool *)context = true;
    return false;
}

// Whether what was written at from and before it holds no pattern.
static bool is_clean_code(const struct code *code, size_t from) {
    bool dirty = false;
    struct mpk_scan scan;
    size_t start = from > REACH ? from - REACH : 0;
    mpk_scan_begin(&scan, note_hit, &dirty);
    mpk_scan_feed(&scan, code->bytes + start, code->size - start, code->vaddr + start);
    return !dirty;
}

// One instruction, in the first way that holds no pattern, behind a NOP if it makes one with what is before
// it.
static bool write_insn(struct group *group, struct code *code, const struct insn *insn, unsigned attempt) {
    const unsigned char nop = 0x90;
    struct code before = *code;
    for (unsigned variant = 0; variant < EMIT_VARIANTS; variant++) {
        for (unsigned fence = 0; fence < 2; fence++) {
            *code = before;
            rewrite_emit_row(code, (struct code_row){.stands_for = insn->vaddr});
            if (fence != 0)
                rewrite_emit(code, &nop, 1);
            if (!rewrite_emit_insn(code, insn, variant, attempt) || !is_clean_code(code, before.size))
                continue;
            group->split = group->split || variant != 0;
            group->fences += fence;
            return true;
        }
    }
    return false;
}

static bool write_group(void *context, struct code *code, unsigned attempt) {
    struct group *group = context;
    group->split = false;
    group->fences = 0;
    for (size_t i = 0; i < group->count; i++) {
        if (!write_insn(group, code, &group->insns[i], attempt))
            return false;
    }
    rewrite_emit_row(code, (struct code_row){.stands_for = group->end});
    return ends_flow(&group->insns[group->count - 1]) ||
           rewrite_emit_branch(code, jump, sizeof(jump), group->end);
}

static bool move_group(struct hit *hit, size_t from, size_t to) {
    struct insn insns[GROUP_MAX];
    struct code code;
    struct group group = {.insns = insns, .count = to - from + 1};
    for (size_t i = from; i <= to; i++) {
        if (!decode_index(hit, i, &insns[i - from]))
            return false;
    }
    uint64_t start = insns[0].vaddr;
    group.end = insns[group.count - 1].vaddr + insns[group.count - 1].size;
    if (!rewrite_place(hit->rw, write_group, &group, start, group.end - start, jump, sizeof(jump), &code))
        return false;
    rewrite_show(hit->rw, hit->site, start, JUMP_SIZE);
    rewrite_show(hit->rw, hit->site, code.vaddr, code.size);
    rewrite_tell(hit->site, group.split ? MPK_REWRITE_SPLIT : MPK_REWRITE_MOVED,
                 "%zu instruction%s moved from 0x%" PRIx64 " to 0x%" PRIx64 "%s", group.count,
                 group.count > 1 ? "s" : "", start, code.vaddr,
                 group.split ? ", where its constant or displacement is made of two" : "");
    return true;
}

// An instruction that has room for a jump needs no neighbour.
static bool move_one(struct hit *hit) {
    for (size_t i = hit->first; i <= hit->last; i++) {
        struct insn insn;
        if (!decode_index(hit, i, &insn))
            return false;
        const char *fixed = rewrite_why_fixed(&insn);
        hit->why = fixed != NULL ? fixed : hit->why;
        if (insn.size < JUMP_SIZE || fixed != NULL)
            continue;
        hit->why = "no way was found to write it without a pattern, with registers that are free";
        if (rewrite_is_entered(&hit->function, insn.vaddr, insn.vaddr + insn.size))
            hit->why = "a branch leads into the middle of the instruction";
        else if (move_group(hit, i, i))
            return true;
    }
    return false;
}

// The smallest group from first to last that is long enough: with what follows, or else with what is before.
static bool find_group(const struct hit *hit, size_t *from, size_t *to) {
    *from = hit->first;
    *to = hit->last;
    while (insn_end(hit, *to) - insn_start(hit, *from) < JUMP_SIZE && *to + 1 < hit->function.count)
        ++*to;
    while (insn_end(hit, *to) - insn_start(hit, *from) < JUMP_SIZE && *from > 0)
        --*from;
    return insn_end(hit, *to) - insn_start(hit, *from) >= JUMP_SIZE && *to - *from < GROUP_MAX;
}

static bool move_several(struct hit *hit) {
    size_t from;
    size_t to;
    if (hit->first == hit->last && insn_end(hit, hit->first) - insn_start(hit, hit->first) >= JUMP_SIZE)
        return false; // neighbours would not help
    if (!find_group(hit, &from, &to)) {
        hit->why = "the function has no room for a jump";
        return false;
    }
    for (size_t i = from; i <= to; i++) {
        struct insn insn;
        const char *fixed = decode_index(hit, i, &insn) ? rewrite_why_fixed(&insn) : "it does not decode";
        if (fixed != NULL || (i < to && ends_flow(&insn))) {
            hit->why = fixed != NULL ? fixed : "code behind a jump is entered from elsewhere";
            return false;
        }
    }
    const char *why =
        rewrite_why_enterable(hit->rw, &hit->function, insn_start(hit, from), insn_end(hit, to));
    hit->why = why != NULL ? why : "no way was found to write them without a pattern";
    return why == NULL && move_group(hit, from, to);
}

static bool is_intended(const struct hit *hit, struct insn *insn) {
    return hit->first == hit->last && decode_index(hit, hit->first, insn) &&
           (insn->info.mnemonic == ZYDIS_MNEMONIC_WRPKRU || insn->info.mnemonic == ZYDIS_MNEMONIC_XRSTOR ||
            insn->info.mnemonic == ZYDIS_MNEMONIC_XRSTOR64);
}

static bool take_out(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t place,
                     uint64_t in_function) {
    struct hit hit = {.rw = rw, .site = site, .why = "it is too short, and may not be moved with others"};
    struct insn insn;
    if (!rewrite_function(rw, in_function, &hit.function))
        return false;
    if (!find_instructions(&hit, place, site->finding.size))
        hit.why = "its bytes are no whole instructions";
    else if (is_intended(&hit, &insn))
        rewrite_intended(rw, site, &insn, &hit.function);
    else if (reencode(&hit) || use_thunk(&hit) || move_one(&hit) || move_several(&hit))
        hit.why = NULL;
    if (site->how == MPK_REWRITE_LEFT && site->text[0] == '\0')
        rewrite_tell(site, MPK_REWRITE_LEFT, "%s", hit.why);
    rewrite_function_free(&hit.function);
    return site->how != MPK_REWRITE_LEFT;
}

void rewrite_code_hit(struct rewrite *rw, struct mpk_rewrite_site *site, uint64_t place) {
    uint64_t last = place + site->finding.size - 1;
    if (rw->has_text_relocations) {
        rewrite_tell(site, MPK_REWRITE_LEFT, "ld.so relocates this object's code (DT_TEXTREL)");
        return;
    }
    if (take_out(rw, site, place, place) || take_out(rw, site, place, last))
        return;
    if (site->text[0] == '\0')
        rewrite_tell(site, MPK_REWRITE_LEFT,
                     "not shown to be code: no FDE and no FUNC symbol covers it (nor Go's table), or what "
                     "they cover does "
                     "not decode");
}
