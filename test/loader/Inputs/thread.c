// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Threads that call the vault and end themselves.
#include <pthread.h>
#include <stdio.h>
#include <vault.h>

static void *run(void *value) {
    unsigned char bytes[16];
    pthread_exit(vault_generate_random(bytes, sizeof(bytes)) == VAULT_SUCCESS ? value : NULL);
}

int main(void) {
    static int number[4] = {0, 1, 2, 3};
    for (int i = 0; i < 4; i++) {
        pthread_t thread;
        void *result = NULL;
        if (pthread_create(&thread, NULL, run, &number[i]) != 0 || pthread_join(thread, &result) != 0)
            return 1;
        printf("thread %d %s\n", i, result == &number[i] ? "ended itself" : "failed");
    }
    unsigned char bytes[16];
    printf("vault: status %d\n", vault_generate_random(bytes, sizeof(bytes)));
    return 0;
}
