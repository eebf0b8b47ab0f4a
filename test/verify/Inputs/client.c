// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An ordinary client library with one of everything that a dynamic object has: relocations of the common
// types, TLS, a constructor, imports, exports, versions. Hostile files are made of it by elfpatch.py.
#include <stdlib.h>

int client_number = 1;
int *client_pointer = &client_number;
static int hidden_number = 2;
int *client_hidden = &hidden_number;
char *(*client_import)(const char *) = getenv;
__thread int client_tls = 3;
long client_buffer[16];

__attribute__((constructor)) static void client_start(void) {
    client_number += getenv("CLIENT_START") != NULL;
}

int client_function(void) {
    return client_number + client_tls + (getenv("CLIENT") != NULL) + *client_hidden;
}
