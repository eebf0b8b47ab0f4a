// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// memfds MPK-RUN...: runs it as far as its exec of the program and says what the program and LD_PRELOAD are
// then; ends the process there. A tracer would be refused at the start, so it attaches by seccomp's user
// notification: the last call of execveat is answered by us.
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define ALL_SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

static int filter_execveat(void) {
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_execveat, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &filter);
}

// Passes a descriptor over a socket.
static void send_descriptor(int channel, int fd) {
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
    if (sendmsg(channel, &message, 0) < 0)
        _exit(98);
}

static int receive_descriptor(int channel) {
    char byte, control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)};
    int fd = -1;
    if (recvmsg(channel, &message, 0) > 0 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
    return fd;
}

static void describe(const char *what, pid_t process, int fd) {
    char path[64], target[256] = "";
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", process, fd);
    if (readlink(path, target, sizeof(target) - 1) < 0)
        strcpy(target, "?");
    int file = open(path, O_RDONLY);
    int seals = file >= 0 ? fcntl(file, F_GET_SEALS) : 0;
    printf("%s: %s, %s\n", what, strncmp(target, "/memfd:", 7) == 0 ? "memfd" : target,
           seals == ALL_SEALS ? "sealed" : "not sealed");
}

static uint64_t read_word(pid_t process, uint64_t address) {
    uint64_t word = 0;
    struct iovec to = {&word, sizeof(word)}, from = {(void *)address, sizeof(word)};
    process_vm_readv(process, &to, 1, &from, 1, 0);
    return word;
}

static void describe_preloads(pid_t process, uint64_t environment) {
    static char text[65536];
    for (uint64_t entry; (entry = read_word(process, environment)) != 0; environment += 8) {
        struct iovec to = {text, sizeof(text) - 1}, from = {(void *)entry, sizeof(text) - 1};
        memset(text, 0, sizeof(text));
        for (from.iov_len = to.iov_len = 4096;
             process_vm_readv(process, &to, 1, &from, 1, 0) <= 0 && to.iov_len > 64;)
            from.iov_len = to.iov_len = to.iov_len / 2;
        if (strncmp(text, "LD_PRELOAD=", 11) != 0)
            continue;
        int number = 0;
        for (char *part = strtok(text + 11, ":"); part != NULL; part = strtok(NULL, ":")) {
            char name[32];
            snprintf(name, sizeof(name), "preloaded %d", ++number);
            if (strncmp(part, "/proc/self/fd/", 14) == 0)
                describe(name, process, atoi(part + 14));
            else
                printf("%s: %s\n", name, part);
        }
    }
}

int main(int argc, char **argv) {
    int channel[2];
    if (argc < 2 || socketpair(AF_UNIX, SOCK_STREAM, 0, channel) != 0)
        return 99;
    pid_t child = fork();
    if (child == 0) {
        send_descriptor(channel[1], filter_execveat());
        execv(argv[1], argv + 1);
        _exit(97);
    }
    int listener = receive_descriptor(channel[0]);
    struct seccomp_notif request = {0};
    if (listener < 0 || ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) != 0)
        return 96;
    describe("executed", (pid_t)request.pid, (int)request.data.args[0]);
    describe_preloads((pid_t)request.pid, request.data.args[3]);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return 0;
}
