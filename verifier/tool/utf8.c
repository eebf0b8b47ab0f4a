// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Names out of hostile files and folders, made fit for a terminal, for JSON and for a URI.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"
#include "utf8.h"

// The length of the well-formed character at the start of a string, 1 to 4 bytes, or 0 if there is none.
static size_t decode(const char *string, uint32_t *character) {
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *at = (const unsigned char *)string;
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : at[0] >= 0xc0 ? 2 : 0;
    if (length == 0 || at[0] >= 0xf8)
        return 0;
    *character = length == 1 ? at[0] : at[0] & (0x7fU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((at[i] & 0xc0) != 0x80) // the final NUL too
            return 0;
        *character = *character << 6 | (at[i] & 0x3f);
    }
    bool surrogate = *character >= 0xd800 && *character <= 0xdfff;
    return *character < least[length] || surrogate || *character > 0x10ffff ? 0 : length;
}

static bool is_control(uint32_t character) {
    return character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0x200e ||
           character == 0x200f || (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069);
}

void utf8_clean(char *string) {
    char *to = string;
    for (const char *from = string; *from != '\0';) {
        uint32_t character;
        size_t length = decode(from, &character);
        if (length == 0 || is_control(character))
            *to++ = '?';
        else
            to = (char *)memmove(to, from, length) + length;
        from += length > 0 ? length : 1;
    }
    *to = '\0';
}

char *utf8_cleaned(const char *string) {
    char *copy = duplicate(string);
    utf8_clean(copy);
    return copy;
}

bool utf8_is_valid(const char *string) {
    uint32_t character;
    for (size_t length; *string != '\0'; string += length) {
        length = decode(string, &character);
        if (length == 0)
            return false;
    }
    return true;
}

json_t *utf8_json(const char *string) {
    static const char replacement[] = "\xef\xbf\xbd";
    char *text = resize(NULL, strlen(string) + 1, sizeof(replacement));
    char *to = text;
    while (*string != '\0') {
        uint32_t character;
        size_t length = decode(string, &character);
        to = length > 0 ? (char *)mempcpy(to, string, length) : stpcpy(to, replacement);
        string += length > 0 ? length : 1;
    }
    *to = '\0';
    json_t *json = json_string(text);
    free(text);
    if (json == NULL)
        die("out of memory");
    return json;
}

static bool is_unreserved(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           strchr("-._~/", byte) != NULL;
}

char *utf8_uri(const char *path) {
    char *uri = resize(NULL, strlen(path) + sizeof("file://"), 3);
    char *to = stpcpy(uri, path[0] == '/' ? "file://" : "");
    for (; *path != '\0'; path++)
        to += sprintf(to, is_unreserved(*path) ? "%c" : "%%%02X", (unsigned char)*path);
    *to = '\0';
    return uri;
}
