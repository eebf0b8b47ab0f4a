// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The words that reports have for things.

#include "words.h"

const char *kind_name(enum mpk_kind kind) {
    switch (kind) {
    case MPK_KIND_MAIN:
        return "client program";
    case MPK_KIND_LIBRARY:
        return "client library";
    case MPK_KIND_SYSTEM:
        return "system library";
    case MPK_KIND_LD_SO:
        return "dynamic loader";
    case MPK_KIND_VAULT:
        return "vault image";
    case MPK_KIND_RUNTIME:
        return "runtime";
    }
    return "object";
}

const char *policy_name(enum mpk_kind kind) {
    switch (kind) {
    case MPK_KIND_MAIN:
        return "main";
    case MPK_KIND_LIBRARY:
        return "library";
    case MPK_KIND_SYSTEM:
    case MPK_KIND_LD_SO:
        return "system";
    case MPK_KIND_VAULT:
        return "vault";
    case MPK_KIND_RUNTIME:
        return "runtime";
    }
    return "none";
}

const char *verdict_name(enum verdict verdict) {
    static const char *const names[] = {"clean", "warnings", "errors", "not checked"};
    return names[verdict];
}

const char *severity_name(enum mpk_severity severity) {
    return severity == MPK_WARNING ? "warning" : "error";
}

const char *relro_name(const struct properties *properties) {
    static const char *const names[] = {
        [RELRO_NONE] = "no", [RELRO_PARTIAL] = "partial", [RELRO_FULL] = "full"};
    return properties->type == ET_REL ? "-" : names[properties->relro];
}

const char *nx_name(const struct properties *properties) {
    return properties->type == ET_REL ? "-" : properties->nx_stack ? "yes" : "no";
}

const char *pie_name(const struct properties *properties) {
    if (properties->type == ET_REL)
        return "rel";
    if (properties->type != ET_DYN)
        return "no";
    return properties->interpreter ? "yes" : "dso";
}

const char *coverage_name(const struct object *object) {
    bool client = object->about.kind == MPK_KIND_MAIN || object->about.kind == MPK_KIND_LIBRARY;
    if (!client || object->about.properties.type == ET_REL)
        return "-";
    return object->by_rule[MPK_RULE_NOT_COVERED] > 0 ? "no" : "yes";
}
