// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "key-policy.h"

#include "die.h"
#include "psa-names.h"

#include <jansson.h>
#include <string.h>

#define ALGORITHMS_MAX 2

static uint32_t value_of(const char *path, const struct key *key, const json_t *name,
                         enum psa_name_kind kind) {
    static const char *const example[] = {[PSA_NAME_ALGORITHM] =
                                              "for example \"PSA_ALG_ECDSA(PSA_ALG_SHA_256)\"",
                                          [PSA_NAME_TYPE] = "for example \"PSA_KEY_TYPE_HMAC\"",
                                          [PSA_NAME_USAGE] = "for example \"PSA_KEY_USAGE_SIGN_HASH\""};
    static const char *const what[] = {[PSA_NAME_ALGORITHM] = "algorithm",
                                       [PSA_NAME_TYPE] = "type of a secret key or key pair",
                                       [PSA_NAME_USAGE] = "usage"};
    uint32_t value = 0;
    if (!json_is_string(name))
        die(MPK_RUN_FAILED, example[kind], "%s: key %s: an %s is not a string", path, key->name, what[kind]);
    if (!psa_name_value(json_string_value(name), kind, &value))
        die(MPK_RUN_FAILED, example[kind], "%s: key %s: PSA has no %s \"%s\"", path, key->name, what[kind],
            json_string_value(name));
    return value;
}

static void apply(const char *path, struct key *key, json_t *rule) {
    json_t *usage = NULL, *algorithms = NULL, *type = NULL;
    json_error_t error;
    if (json_unpack_ex(rule, &error, JSON_STRICT, "{s:o,s:o,s?o}", "usage", &usage, "algorithms", &algorithms,
                       "type", &type) != 0)
        die(MPK_RUN_FAILED, "a key has \"usage\" and \"algorithms\", and may have \"type\"", "%s: key %s: %s",
            path, key->name, error.text);
    size_t count = json_array_size(algorithms);
    if (!json_is_array(usage) || !json_is_array(algorithms) || count == 0 || count > ALGORITHMS_MAX)
        die(MPK_RUN_FAILED, "\"usage\": [...], \"algorithms\": [one or two]",
            "%s: key %s: usage is not a list, or algorithms are not a list of one or two", path, key->name);
    uint32_t flags = 0, algorithm[ALGORITHMS_MAX] = {0, 0};
    for (size_t i = 0; i < json_array_size(usage); i++)
        flags |= value_of(path, key, json_array_get(usage, i), PSA_NAME_USAGE);
    for (size_t i = 0; i < count; i++)
        algorithm[i] = value_of(path, key, json_array_get(algorithms, i), PSA_NAME_ALGORITHM);
    key->policy = (struct mpkgate_key_policy){
        .is_given = 1, .usage = flags, .algorithm = algorithm[0], .algorithm2 = algorithm[1]};
    if (type != NULL)
        key->policy.type = value_of(path, key, type, PSA_NAME_TYPE);
}

void key_policy_apply(struct keys *keys, const char *path) {
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        die(MPK_RUN_FAILED, NULL, "%s: line %d: %s", path, error.line, error.text);
    if (!json_is_object(root))
        die(MPK_RUN_FAILED, "{\"NAME\": {\"usage\": [...], \"algorithms\": [...]}}", "%s: not a JSON object",
            path);
    const char *name;
    json_t *rule;
    json_object_foreach(root, name, rule) {
        struct key *key = keys_find(keys, name, strlen(name));
        if (key == NULL)
            die(MPK_RUN_FAILED, "give it with --key NAME=FILE, or take it out of the policy",
                "%s: there is no key %s", path, name);
        apply(path, key, rule);
    }
    json_decref(root);
}
