// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Everything that ld.so mapped is what mpk-run verified, where a verified PT_LOAD says it must be (A50, A53).
#include <elf.h>

#include "report.h"
#include "seal.h"
#include "sys.h"

static bool maps_object(const struct mapping *mapping, const struct mpkgate_plan_object *object) {
    return mapping->inode == object->inode && mapping->major == object->device_major &&
           mapping->minor == object->device_minor;
}

static uint32_t find_object(const struct mpkgate_plan *plan, const struct mapping *mapping) {
    for (uint32_t i = 0; i < plan->object_count; i++)
        if (maps_object(mapping, plan_object(plan, i)))
            return i;
    return UINT32_MAX;
}

// The lowest mapping of an object is its first PT_LOAD; that gives the load address.
static void locate(struct seal *seal, uint32_t index) {
    const struct mpkgate_plan *plan = seal->plan;
    const struct mpkgate_plan_object *object = plan_object(plan, index);
    const struct mpkgate_plan_segment *first = plan_segments(plan, object);
    for (size_t i = 0; i < seal->mapping_count; i++) {
        const struct mapping *mapping = &seal->mapping[i];
        if (!maps_object(mapping, object) || object->segment_count == 0)
            continue;
        if (mapping->offset != PAGE_DOWN(first->offset))
            break;
        seal->base[index] = mapping->start - PAGE_DOWN(first->vaddr);
        return;
    }
    refuse(plan_string(plan, object->name_at), ": not mapped as verified: is LD_PRELOAD intact?", NULL);
}

// Does `mapping`, of the file of `object`, lie wholly inside one PT_LOAD at the right offset and with no more
// rights?
static bool planned(const struct seal *seal, uint32_t index, const struct mapping *mapping) {
    // ld.so maps the file over the whole range first; what lies between PT_LOADs stays, without any rights.
    if (!mapping->readable && !mapping->writable && !mapping->executable && !mapping->shared)
        return true;
    const struct mpkgate_plan_object *object = plan_object(seal->plan, index);
    const struct mpkgate_plan_segment *segment = plan_segments(seal->plan, object);
    for (uint32_t i = 0; i < object->segment_count; i++, segment++) {
        uint64_t start = seal->base[index] + PAGE_DOWN(segment->vaddr);
        uint64_t end = seal->base[index] + PAGE_UP(segment->vaddr + segment->filesz);
        if (mapping->start < start || mapping->end > end)
            continue;
        return mapping->offset == PAGE_DOWN(segment->offset) + (mapping->start - start) && !mapping->shared &&
               (!mapping->writable || (segment->flags & PF_W) != 0) &&
               mapping->executable == ((segment->flags & PF_X) != 0);
    }
    return false;
}

// An executable PT_LOAD must be there whole: what is missing could be something else's code by now.
static void check_code_is_mapped(const struct seal *seal, uint32_t index) {
    const struct mpkgate_plan_object *object = plan_object(seal->plan, index);
    const struct mpkgate_plan_segment *segment = plan_segments(seal->plan, object);
    for (uint32_t i = 0; i < object->segment_count; i++, segment++) {
        if ((segment->flags & PF_X) == 0)
            continue;
        uint64_t start = seal->base[index] + PAGE_DOWN(segment->vaddr);
        uint64_t end = seal->base[index] + PAGE_UP(segment->vaddr + segment->filesz);
        uint64_t mapped = 0;
        for (size_t m = 0; m < seal->mapping_count; m++) {
            const struct mapping *mapping = &seal->mapping[m];
            if (mapping->executable && mapping->start >= start && mapping->end <= end &&
                maps_object(mapping, object))
                mapped += mapping->end - mapping->start;
        }
        if (mapped != end - start ||
            PAGE_UP(segment->vaddr + segment->memsz) != PAGE_UP(segment->vaddr + segment->filesz))
            refuse(plan_string(seal->plan, object->name_at), ": its code is not mapped as verified", NULL);
    }
}

static bool is_kernel_code(const struct mapping *mapping) {
    return string_equal(mapping->name, "[vdso]") || string_equal(mapping->name, "[vsyscall]");
}

static void check_mapping(const struct seal *seal, const struct mapping *mapping) {
    if (mapping->start == (uint64_t)seal->plan)
        return;
    if (mapping->executable && (mapping->writable || mapping->shared)) // A23, A24
        refuse(mapping->name, ": executable memory that is writable or shared at ", hex(mapping->start).text,
               NULL);
    if (mapping->inode == 0) {
        if (mapping->executable && !is_kernel_code(mapping))
            refuse("executable memory of no file at ", hex(mapping->start).text, NULL);
        return;
    }
    uint32_t index = find_object(seal->plan, mapping);
    if (index == UINT32_MAX)
        refuse(mapping->name,
               ": mapped, but not verified by mpk-run: if the program needs it, name it with --preload",
               NULL);
    if (!planned(seal, index, mapping))
        refuse(mapping->name, ": mapped at ", hex(mapping->start).text,
               " otherwise than its program headers say", NULL);
}

void locate_objects(struct seal *seal) {
    for (uint32_t i = 0; i < seal->plan->object_count; i++)
        locate(seal, i);
    for (size_t i = 0; i < seal->mapping_count; i++)
        check_mapping(seal, &seal->mapping[i]);
    for (uint32_t i = 0; i < seal->plan->object_count; i++)
        check_code_is_mapped(seal, i);
}
