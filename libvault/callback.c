// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Requests to the client in the middle of a call. Trusted core. May assume: copy.c has checked the addresses
// of the request and of the buffer. Assumes nothing about what stands there when the client comes back.
#include "callback.h"

#include <mpkgate-abi.h>
#include <string.h>

#include "die.h"
#include "waiting.h"

static int64_t (*give_back)(void);

void callback_init(int64_t (*suspend)(void)) {
    give_back = suspend;
}

// Asks the client for up to `size` bytes of data to come or go. Its answer is read once (A39).
static int64_t ask(struct callback *callback, uint64_t size) {
    struct mpkgate_request *request = (struct mpkgate_request *)callback->request;
    die_unless(give_back != NULL);
    if (!waiting_begin(&callback->thread)) {
        return CALLBACK_NO_STACK;
    }
    memcpy(&request->size, &size, sizeof(size));
    memcpy(&request->callback, &callback->argument, sizeof(callback->argument));
    *callback->given_up = give_back();
    waiting_end();
    if (*callback->given_up != 0) {
        return INT64_MIN;
    }
    int64_t result = 0;
    memcpy(&result, &request->result, sizeof(result));
    return result > (int64_t)size ? INT64_MIN : result; // A40: more than there was room for
}

static uint64_t part(const struct callback *callback, size_t size) {
    return size < callback->buffer_size ? size : callback->buffer_size;
}

int64_t callback_read(void *context, void *buffer, size_t size) {
    struct callback *callback = context;
    if (*callback->given_up != 0) {
        return INT64_MIN;
    }
    int64_t result = ask(callback, part(callback, size));
    if (result > 0) {
        memcpy(buffer, (const void *)callback->buffer, (size_t)result); // A39: the one copy of this data
    }
    return result;
}

int64_t callback_write(void *context, const void *data, size_t size) {
    struct callback *callback = context;
    if (*callback->given_up != 0) {
        return INT64_MIN;
    }
    uint64_t count = part(callback, size);
    memcpy((void *)callback->buffer, data, count);
    return ask(callback, count);
}
