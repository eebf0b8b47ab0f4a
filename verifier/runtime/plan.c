// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Access to the launch plan. mpk-run is trusted; the bounds are checked all the same, once, so that a mistake
// there is a message and not a wild write.
#include <linux/filter.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

static void check_table(const struct mpkgate_plan *plan, uint32_t at, uint64_t count, uint64_t limit,
                        uint64_t size) {
    if (count > limit || at < sizeof *plan || at % 8 != 0 || at > plan->size ||
        count * size > plan->size - at)
        refuse("the launch plan is damaged: mpk-run and libmpkgate.so must come from one build", NULL);
}

static void check_vaults(const struct mpkgate_plan *plan) {
    const struct mpkgate_plan_vault *vault = plan_at(plan, plan->vaults_at);
    bool is_known = plan->vault_count != 0 && plan->simulate <= 1;
    for (uint32_t i = 0; i < plan->vault_count; i++) {
        check_table(plan, vault[i].image_at, vault[i].image_size, UINT32_MAX, 1);
        is_known = is_known && vault[i].gate <= MPKGATE_GATE_LEAN && vault[i].has_direct <= 1;
    }
    if (!is_known)
        refuse("the launch plan asks for what there is not: mpk-run and libmpkgate.so must come from "
               "one build",
               NULL);
}

void check_plan(const struct mpkgate_plan *plan, uint64_t mapped) {
    if (mapped < sizeof *plan || plan->magic != MPKGATE_PLAN_MAGIC || plan->version != MPKGATE_PLAN_VERSION ||
        plan->size > mapped)
        refuse("the launch plan is not one of mine: mpk-run and libmpkgate.so must come from one build",
               NULL);
    check_table(plan, plan->objects_at, plan->object_count, MPKGATE_PLAN_OBJECTS_MAX,
                sizeof(struct mpkgate_plan_object));
    check_table(plan, plan->patches_at, plan->patch_count, 1024, sizeof(struct mpkgate_plan_patch));
    check_table(plan, plan->imports_at, plan->import_count, 65536, sizeof(struct mpkgate_plan_import));
    check_table(plan, plan->keys_at, plan->key_count, MPKGATE_KEYS_MAX, sizeof(struct mpkgate_plan_key));
    check_table(plan, plan->filter_at, plan->filter_count, BPF_MAXINSNS, sizeof(struct sock_filter));
    check_table(plan, plan->vaults_at, plan->vault_count, MPKGATE_VAULTS_MAX,
                sizeof(struct mpkgate_plan_vault));
    check_vaults(plan);
    for (uint32_t i = 0; i < plan->object_count; i++) {
        const struct mpkgate_plan_object *object = plan_object(plan, i);
        check_table(plan, object->segments_at, object->segment_count, MPKGATE_PLAN_SEGMENTS_MAX,
                    sizeof(struct mpkgate_plan_segment));
    }
}

const void *plan_at(const struct mpkgate_plan *plan, uint32_t offset) {
    return (const char *)plan + offset;
}

const char *plan_string(const struct mpkgate_plan *plan, uint32_t offset) {
    if (offset >= plan->size)
        return "?";
    const char *text = plan_at(plan, offset);
    size_t room = plan->size - offset;
    return string_length(text, room) < room ? text : "?";
}

const struct mpkgate_plan_object *plan_object(const struct mpkgate_plan *plan, uint32_t index) {
    if (index >= plan->object_count)
        refuse("the launch plan is damaged: no such object", NULL);
    const struct mpkgate_plan_object *objects = plan_at(plan, plan->objects_at);
    return &objects[index];
}

const struct mpkgate_plan_segment *plan_segments(const struct mpkgate_plan *plan,
                                                 const struct mpkgate_plan_object *object) {
    return plan_at(plan, object->segments_at);
}
