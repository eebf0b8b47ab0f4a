// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// PID 1 of the PKU virtual machine, started from an initramfs that holds this program and the kernel modules
// it needs. It mounts the host's root (read-only, over virtiofs) under a throw-away overlay, moves into it,
// and serves commands on the virtio-serial port "vm.cmd". Assumes the driver's machine: one virtio-serial
// port, shares "rootfs" and "live".
#define _GNU_SOURCE
#include "vminit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PORT_NAME "vm.cmd"
#define PORT_TRIES 500 // of 10 ms: the kernel announces the port a little after the device

void vm_die(const char *what, const char *name) {
    int error = errno;
    int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        dprintf(fd, "<1>vminit: %s %s: %s\n", what, name, strerror(error));
    _exit(1);
}

int vm_write_file(const char *path, const char *text) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t n = write(fd, text, strlen(text));
    close(fd);
    return n == (ssize_t)strlen(text) ? 0 : -1;
}

int vm_make_path(const char *path) {
    char part[4096];
    size_t length = strlen(path);
    if (length >= sizeof part) {
        errno = ENAMETOOLONG;
        return -1;
    }
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0755) != 0 && errno != EEXIST)
            return -1;
    }
    return 0;
}

// A user of the guest must reach a share below, say, a 0700 home directory.
static int open_parents(const char *target) {
    char part[4096];
    struct stat st;
    for (size_t i = 1; target[i] != '\0'; i++) {
        if (target[i] != '/')
            continue;
        memcpy(part, target, i);
        part[i] = '\0';
        if (stat(part, &st) != 0)
            return -1;
        if ((st.st_mode & 0111) != 0111 && chmod(part, st.st_mode | 0111) != 0 && errno != EROFS)
            return -1;
    }
    return 0;
}

int vm_mount_share(const char *name, const char *target) {
    char source[256];
    snprintf(source, sizeof source, LIVE_DIR "/%s", name);
    if (target[0] != '/')
        return EINVAL;
    if (vm_make_path(target) != 0 || open_parents(target) != 0)
        return errno;
    return mount(source, target, NULL, MS_BIND, NULL) == 0 ? 0 : errno;
}

static void mount_on(const char *type, const char *source, const char *target, unsigned long flags,
                     const char *data) {
    if (vm_make_path(target) != 0)
        vm_die("cannot make", target);
    if (mount(source, target, type, flags, data) != 0)
        vm_die("cannot mount", target);
}

static int compare_names(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

// The driver numbered the files in the order of their dependencies.
static void load_modules(void) {
    struct dirent **names;
    int count = scandir("/modules", &names, NULL, compare_names);
    if (count < 0)
        vm_die("cannot list", "/modules");
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "/modules/%s", names[i]->d_name);
        if (names[i]->d_name[0] != '.') {
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) != 0 && errno != EEXIST))
                vm_die("cannot load", path);
            close(fd);
        }
        free(names[i]);
    }
    free(names);
}

// Moves into the host's root under an overlay. /usr comes straight from the share: on an overlay the device
// and inode in /proc/self/maps differ from those that stat(2) gives, and the loader compares them for system
// libraries.
static void enter_host_root(void) {
    mount_on("virtiofs", "rootfs", "/lower", MS_RDONLY, NULL);
    mount_on("tmpfs", "upper", "/upper", 0, "mode=0755");
    if (vm_make_path("/upper/data") != 0 || vm_make_path("/upper/overlay") != 0)
        vm_die("cannot make", "/upper/data");
    mount_on("overlay", "root", "/new", 0, "lowerdir=/lower,upperdir=/upper/data,workdir=/upper/overlay");
    mount_on(NULL, "/lower/usr", "/new/usr", MS_BIND, NULL);
    if (mount("/dev", "/new/dev", NULL, MS_MOVE, NULL) != 0 ||
        mount("/proc", "/new/proc", NULL, MS_MOVE, NULL) != 0 ||
        mount("/sys", "/new/sys", NULL, MS_MOVE, NULL) != 0)
        vm_die("cannot move mounts into", "/new");
    if (chdir("/new") != 0 || mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 ||
        chdir("/") != 0)
        vm_die("cannot enter", "/new");
    mount_on("devpts", "devpts", "/dev/pts", 0, "mode=620,ptmxmode=666");
    mount_on("tmpfs", "shm", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
    mount_on("tmpfs", "run", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
    mount_on("cgroup2", "cgroup", CGROUP_DIR, 0, NULL);
    mount_on("virtiofs", "live", LIVE_DIR, 0, NULL);
    if (chmod("/run/pkuvm", 0700) != 0)
        vm_die("cannot protect", "/run/pkuvm");
}

static void set_up_kernel(void) {
    // Tests read "segfault at ... error" lines, as any user, and count them.
    if (vm_write_file("/proc/sys/kernel/dmesg_restrict", "0") != 0 ||
        vm_write_file("/proc/sys/kernel/printk_ratelimit", "0") != 0 ||
        // Fuzzed gates make QEMU oops (driver/machine.py) more often than the kernel would bear.
        vm_write_file("/proc/sys/kernel/oops_limit", "0") != 0)
        vm_die("cannot set", "/proc/sys/kernel");
    if (sethostname("pkuvm", 5) != 0)
        vm_die("cannot set", "hostname");
    struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0 || ioctl(s, SIOCSIFFLAGS, &lo) != 0)
        vm_die("cannot bring up", "lo");
    close(s);
}

static bool is_command_port(const char *entry) {
    char path[512], name[64] = "";
    snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", entry);
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    char *line = fgets(name, sizeof name, f);
    fclose(f);
    return line != NULL && strcmp(name, PORT_NAME "\n") == 0;
}

static int find_port(void) {
    DIR *dir = opendir("/sys/class/virtio-ports");
    if (dir == NULL)
        return -1;
    int port = -1;
    for (struct dirent *e; port < 0 && (e = readdir(dir)) != NULL;) {
        if (!is_command_port(e->d_name))
            continue;
        char path[512];
        snprintf(path, sizeof path, "/dev/%s", e->d_name);
        port = open(path, O_RDWR | O_CLOEXEC);
    }
    closedir(dir);
    return port;
}

int main(void) {
    mount_on("devtmpfs", "dev", "/dev", 0, NULL);
    mount_on("proc", "proc", "/proc", 0, NULL);
    mount_on("sysfs", "sysfs", "/sys", 0, NULL);
    load_modules();
    enter_host_root();
    set_up_kernel();
    umask(022);
    int port = find_port();
    for (int i = 0; port < 0 && i < PORT_TRIES; i++) {
        usleep(10000);
        port = find_port();
    }
    if (port < 0)
        vm_die("cannot find the virtio-serial port", PORT_NAME);
    vm_serve(port);
}
