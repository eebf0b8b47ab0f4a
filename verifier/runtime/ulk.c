// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Puts the ULK gate in its places (ulk-layout.h): one area for each pair of a caller and a server's class
// that the plan's imports name, the invocation stacks, and the servers' stacks.
#include "ulk-layout.h"

#include <asm/unistd.h>
#include <linux/mman.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

#define RIGHTS_CLIENT_CLOSED 1u // PKRU: pkey 0, access-disable
#define SECRET_BITS UINT64_C(0x3f3f3f3f3f3f3f3f)
#define SECRET_BYTES UINT64_C(0x8080808080808080)

static uint64_t random_token(void) {
    uint64_t token = 0;
    if (sys3(__NR_getrandom, (long)&token, sizeof token, 0) != sizeof token)
        refuse("the kernel gives no random numbers", NULL);
    return token;
}

// Half a token, as an immediate, of bytes from 80 to BF: none begins a wrpkru (A1), and whoever jumps into it
// (A4) finds no branch that could go on for ever.
static uint64_t place_secret(unsigned char *code, unsigned number) {
    uint64_t secret = (random_token() & SECRET_BITS) | SECRET_BYTES;
    memcpy(code + (mpkgate_ulk_code.secret[number] - mpkgate_ulk_code.begin), &secret, sizeof secret);
    return secret;
}

static uint64_t area_address(const struct seal *seal, unsigned pair) {
    return seal->ulk.areas + pair * (uint64_t)ULK_AREA_SIZE;
}

uint64_t ulk_switch(const struct seal *seal, unsigned pair, unsigned number) {
    return area_address(seal, pair) + (uint64_t)(mpkgate_ulk_code.wrpkru[number] - mpkgate_ulk_code.begin);
}

uint64_t ulk_gate(const struct seal *seal, unsigned pair) {
    return area_address(seal, pair) + (uint64_t)(mpkgate_ulk_code.gate - mpkgate_ulk_code.begin);
}

// Domains: 0 is the client, n + 1 the vault n.
static int pkey_of(unsigned domain) {
    return domain == 0 ? 0 : MPKGATE_VAULT_PKEY_V((int)domain - 1);
}

static uint64_t stacks_of(const struct seal *seal, unsigned domain) {
    return seal->vault[domain - 1].place.stacks;
}

// PKRU of the ULK for this pair: U and both sides' V, no key memory.
static uint32_t ulk_rights(const struct ulk_pair *pair) {
    uint32_t rights = MPKGATE_PKRU_CLOSED & ~(3u << 2 * MPKGATE_PKEY_U);
    rights &= ~(3u << 2 * pkey_of(pair->server));
    return pair->caller == 0 ? rights : rights & ~(3u << 2 * pkey_of(pair->caller));
}

static void fill_caller_stacks(const struct seal *seal, const struct ulk_pair *pair,
                               struct ulk_inner *inner) {
    inner->caller_stacks = pair->caller == 0 ? MPKGATE_LIMIT : stacks_of(seal, pair->caller);
    inner->caller_size = pair->caller == 0
                             ? MPKGATE_CLIENT_END - MPKGATE_LIMIT
                             : (GATE_SLOT_COUNT + ULK_RECORD_COUNT) * (uint64_t)GATE_STACK_STRIDE;
    inner->caller_size -= ULK_BLOCK_MAX;
}

// A vault calls with the rights of either class, and with the client's memory open or, in a call of the
// ULK's, closed.
static void fill_caller_rights(const struct seal *seal, const struct ulk_pair *pair, struct ulk_side *side) {
    side->mask = UINT32_MAX;
    side->rights = MPKGATE_PKRU_CLOSED;
    if (pair->caller != 0) {
        uint32_t crypto = rights_in(pair->caller - 1u, MPKGATE_CLASS_CRYPTO);
        uint32_t manage = rights_in(pair->caller - 1u, MPKGATE_CLASS_MANAGE);
        side->mask = ~((crypto ^ manage) | RIGHTS_CLIENT_CLOSED);
        side->rights = crypto & side->mask;
    }
    if (seal->plan->simulate != 0) { // nobody has rights there
        side->mask = 0;
        side->rights = 0;
    }
}

static void fill_area(const struct seal *seal, unsigned number) {
    const struct ulk_pair *pair = &seal->ulk.pair[number];
    uint64_t area = area_address(seal, number);
    unsigned char *code = (unsigned char *)area;
    struct ulk_inner *inner = (struct ulk_inner *)(area + ULK_INNER);
    struct ulk_side *caller = (struct ulk_side *)(area + ULK_CALLER);
    struct ulk_side *server = (struct ulk_side *)(area + ULK_SERVER);
    const struct vault *vault = &seal->vault[pair->server - 1];
    *inner = (struct ulk_inner){
        .rights = ulk_rights(pair),
        .caller = pair->caller,
        .server = pair->server,
        .server_state = ULK_STATE_RUNNING + pair->server,
        .features = vector_features(),
        .enter_token = random_token(),
        .back_token = random_token(),
        .records = seal->ulk.records,
        .server_stacks = stacks_of(seal, pair->server) + GATE_SLOT_COUNT * (uint64_t)GATE_STACK_STRIDE,
        .enter = (uint64_t)vault->header->serve[pair->class_],
        .server_rights = rights_in(pair->server - 1u, pair->class_) | RIGHTS_CLIENT_CLOSED};
    fill_caller_stacks(seal, pair, inner);
    *caller = (struct ulk_side){
        .token = random_token(), .into_token = inner->back_token, .ulk_rights = inner->rights};
    fill_caller_rights(seal, pair, caller);
    *server = (struct ulk_side){.token = random_token(),
                                .into_token = inner->enter_token,
                                .ulk_rights = inner->rights,
                                .rights = inner->server_rights};
    inner->caller_token = caller->token ^ place_secret(code, 0);
    inner->server_token = server->token ^ place_secret(code, 1);
}

static void place_code(const struct seal *seal, unsigned number) {
    const struct ulk_code *ulk = &mpkgate_ulk_code;
    unsigned char *code = (unsigned char *)area_address(seal, number);
    memset(code, 0xcc, ULK_INNER); // int3 where no code is
    memcpy(code, ulk->begin, (size_t)(ulk->end - ulk->begin));
    for (unsigned i = 0; i < ULK_SWITCH_COUNT; i++) {
        patch_switch(code + (ulk->wrpkru[i] - ulk->begin), seal->plan->simulate != 0);
        patch_xabort(code + (ulk->xabort[i] - ulk->begin));
    }
    if (seal->plan->simulate != 0)
        patch_switch(code + (ulk->rdpkru - ulk->begin), true);
}

static void protect_area(const struct seal *seal, unsigned number) {
    const struct ulk_pair *pair = &seal->ulk.pair[number];
    uint64_t area = area_address(seal, number);
    protect_low(area, ULK_INNER, PROT_READ | PROT_EXEC, MPKGATE_PKEY_U, "the ULK gate");
    protect_low(area + ULK_INNER, PAGE, PROT_READ, MPKGATE_PKEY_U, "the ULK's constants");
    protect_low(area + ULK_CALLER, PAGE, PROT_READ, pkey_of(pair->caller), "a token");
    protect_low(area + ULK_SERVER, PAGE, PROT_READ, pkey_of(pair->server), "a token");
}

// The stacks on which a vault serves the ULK, behind those of its direct gate.
static void place_stacks(const struct seal *seal, unsigned domain) {
    struct ulk_record *records = (struct ulk_record *)seal->ulk.records;
    for (unsigned i = 0; i < ULK_RECORD_COUNT; i++) {
        uint64_t top = stacks_of(seal, domain) + (GATE_SLOT_COUNT + i + 1) * (uint64_t)GATE_STACK_STRIDE;
        map_low(top - GATE_STACK_SIZE, GATE_STACK_SIZE);
        protect_low(top - GATE_STACK_SIZE, GATE_STACK_SIZE, PROT_READ | PROT_WRITE, pkey_of(domain),
                    "a vault stack");
        records[i].top[domain] = top;
    }
}

// The pair's number; adds it if it is new.
static unsigned find_pair(struct ulk *ulk, const struct ulk_pair *pair) {
    for (unsigned i = 0; i < ulk->count; i++)
        if (memcmp(&ulk->pair[i], pair, sizeof *pair) == 0)
            return i;
    ulk->pair[ulk->count] = *pair;
    return ulk->count++;
}

unsigned ulk_pair_of(struct seal *seal, const struct mpkgate_plan_import *import) {
    struct ulk_pair pair = {.caller =
                                (uint8_t)(import->caller == MPKGATE_CALLER_VAULT ? import->object + 1 : 0),
                            .server = (uint8_t)(import->vault + 1),
                            .class_ = import->class_};
    return find_pair(&seal->ulk, &pair);
}

void place_ulk(struct seal *seal) {
    const struct mpkgate_plan_import *import = plan_at(seal->plan, seal->plan->imports_at);
    bool has_stacks[MPKGATE_VAULTS_MAX + 1] = {false};
    for (uint32_t i = 0; i < seal->plan->import_count; i++)
        if (import[i].route == MPKGATE_ROUTE_ULK && import_is_known(seal, &import[i])) // A56
            ulk_pair_of(seal, &import[i]);
    if (seal->ulk.count == 0)
        return;
    uint64_t records_size = ULK_RECORD_COUNT * (uint64_t)ULK_RECORD_STRIDE;
    uint64_t areas_size = seal->ulk.count * (uint64_t)ULK_AREA_SIZE;
    seal->ulk.records = choose_ulk_place(seal, records_size + areas_size);
    seal->ulk.areas = seal->ulk.records + records_size;
    map_low(seal->ulk.records, records_size + areas_size);
    for (unsigned i = 0; i < seal->ulk.count; i++) {
        unsigned server = seal->ulk.pair[i].server;
        if (!has_stacks[server])
            place_stacks(seal, server);
        has_stacks[server] = true;
        place_code(seal, i);
        fill_area(seal, i);
        protect_area(seal, i);
    }
    protect_low(seal->ulk.records, records_size, PROT_READ | PROT_WRITE, MPKGATE_PKEY_U,
                "the invocation stacks");
}
