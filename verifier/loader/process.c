// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Adding a file to the process: copy, read, identify.
#include "process.h"

#include "copy.h"
#include "die.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

bool object_is_client(const struct object *object) {
    return object->kind == MPKGATE_OBJECT_MAIN || object->kind == MPKGATE_OBJECT_CLIENT;
}

static const char *unreadable_hint(const struct mpk_elf_error *error, const struct object *object) {
    if (error->status == MPK_ELF_NOT_ELF && object->kind == MPKGATE_OBJECT_MAIN)
        return "name the program itself; a script's interpreter runs the script, and only a program compiled "
               "with -fpass-plugin=MPKGate.so has gates";
    if (error->status == MPK_ELF_TRUNCATED)
        return "the file is incomplete: build or copy it again";
    return NULL;
}

size_t process_add(struct process *process, enum mpkgate_object_kind kind, const char *name, const char *path,
                   int file, size_t needed_by) {
    if (process->count == MPKGATE_PLAN_OBJECTS_MAX)
        die(MPK_RUN_REFUSED, NULL, "the program needs more than %d files", MPKGATE_PLAN_OBJECTS_MAX);
    struct object *object = &process->object[process->count];
    *object = (struct object){.kind = kind, .file = file, .copy = -1, .needed_by = needed_by};
    object->name = copy_string(name);
    object->path = copy_string(path);
    if (kind != MPKGATE_OBJECT_SYSTEM && kind != MPKGATE_OBJECT_LD_SO)
        object->copy = sealed_copy(file, base_name(path), kind == MPKGATE_OBJECT_MAIN);
    int source = object->copy >= 0 ? object->copy : file;
    struct mpk_elf_error error;
    object->elf = mpk_elf_open_fd(source, object->path, &error);
    if (object->elf == NULL) {
        errno = error.error;
        die(MPK_RUN_REFUSED, unreadable_hint(&error, object), "%s: %s", object->path, error.text);
    }
    mapping_identity(source, object->path, &object->device_major, &object->device_minor, &object->inode);
    return process->count++;
}
