// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Refused for --explain-denials: new processes and other programs. libc calls none of its exported functions
// for these, so each of them is explained by itself.
#include "compat.h"
#include "explain.h"
#include "real.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

enum { RULE_CLONE = 56, RULE_EXECVE = 59, RULE_EXECVEAT = 322, RULE_SETPGID = 109, RULE_SETSID = 112 };

static bool is_refused(int error) {
    return is_sealed() && explains() && error == EPERM;
}

EXPORT pid_t fork(void) {
    pid_t child = real()->fork();
    if (child < 0 && is_refused(errno))
        explain("fork", NULL, RULE_CLONE, HELP_FORK);
    return child;
}

// A child that shares its parent's stack could not return through this function, so it gets its own, which
// POSIX allows; unsealed, libc's own takes this function's place.
EXPORT pid_t vfork(void) {
    if (!is_sealed()) __attribute__
        ((musttail)) return real()->vfork();
    pid_t child = real()->fork();
    if (child < 0 && is_refused(errno))
        explain("vfork", NULL, RULE_CLONE, HELP_FORK);
    return child;
}

EXPORT int posix_spawn(pid_t *child, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *arguments,
                       char *const *environment) {
    int error = real()->posix_spawn(child, path, actions, attributes, arguments, environment);
    if (is_refused(error))
        explain("posix_spawn", path, RULE_CLONE, HELP_FORK);
    return error;
}

EXPORT int posix_spawnp(pid_t *child, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const *arguments,
                        char *const *environment) {
    int error = real()->posix_spawnp(child, file, actions, attributes, arguments, environment);
    if (is_refused(error))
        explain("posix_spawnp", file, RULE_CLONE, HELP_FORK);
    return error;
}

EXPORT FILE *popen(const char *command, const char *mode) {
    FILE *stream = real()->popen(command, mode);
    if (stream == NULL && is_sealed() && explains()) // libc says nothing in errno
        explain("popen", command, RULE_CLONE, HELP_FORK);
    return stream;
}

EXPORT int system(const char *command) {
    errno = 0;
    int status = real()->system(command); // that of a shell that cannot be started: 127
    if (command != NULL && status != 0 && is_refused(errno))
        explain("system", command, RULE_CLONE, HELP_FORK);
    return status;
}

static int explain_exec(const char *function, const char *path, int rule, int status) {
    if (is_refused(errno))
        explain(function, path, rule, HELP_EXEC);
    return status;
}

EXPORT int execve(const char *path, char *const *arguments, char *const *environment) {
    return explain_exec("execve", path, RULE_EXECVE, real()->execve(path, arguments, environment));
}

EXPORT int execv(const char *path, char *const *arguments) {
    return explain_exec("execv", path, RULE_EXECVE, real()->execve(path, arguments, environ));
}

EXPORT int execvp(const char *file, char *const *arguments) {
    return explain_exec("execvp", file, RULE_EXECVE, real()->execvpe(file, arguments, environ));
}

EXPORT int execvpe(const char *file, char *const *arguments, char *const *environment) {
    return explain_exec("execvpe", file, RULE_EXECVE, real()->execvpe(file, arguments, environment));
}

EXPORT int fexecve(int fd, char *const *arguments, char *const *environment) {
    return explain_exec("fexecve", NULL, RULE_EXECVEAT, real()->fexecve(fd, arguments, environment));
}

// The arguments of execl and its relatives, up to and with the NULL; to be freed.
static char **collect(const char *first, va_list more) {
    size_t count = 1;
    va_list again;
    va_copy(again, more);
    if (first != NULL)
        while (va_arg(again, const char *) != NULL)
            count++;
    va_end(again);
    char **list = calloc(count + 1, sizeof(*list));
    if (list == NULL)
        return NULL;
    list[0] = (char *)first;
    for (size_t i = 1; i < count; i++)
        list[i] = va_arg(more, char *);
    return list;
}

EXPORT int execl(const char *path, const char *first, ...) {
    va_list more;
    va_start(more, first);
    char **arguments = collect(first, more);
    va_end(more);
    int status = arguments == NULL ? -1 : real()->execve(path, arguments, environ);
    free(arguments);
    return explain_exec("execl", path, RULE_EXECVE, status);
}

EXPORT int execlp(const char *file, const char *first, ...) {
    va_list more;
    va_start(more, first);
    char **arguments = collect(first, more);
    va_end(more);
    int status = arguments == NULL ? -1 : real()->execvpe(file, arguments, environ);
    free(arguments);
    return explain_exec("execlp", file, RULE_EXECVE, status);
}

EXPORT int execle(const char *path, const char *first, ...) {
    va_list more;
    va_start(more, first);
    char **arguments = collect(first, more);
    if (arguments != NULL)
        (void)va_arg(more, char *); // the NULL
    char *const *environment = va_arg(more, char *const *);
    va_end(more);
    int status = arguments == NULL ? -1 : real()->execve(path, arguments, environment);
    free(arguments);
    return explain_exec("execle", path, RULE_EXECVE, status);
}

EXPORT int setpgid(pid_t process, pid_t group) {
    int status = real()->setpgid(process, group);
    if (status != 0 && is_refused(errno))
        explain("setpgid", NULL, RULE_SETPGID, HELP_NONE);
    return status;
}

EXPORT pid_t setsid(void) {
    pid_t session = real()->setsid();
    if (session < 0 && is_refused(errno))
        explain("setsid", NULL, RULE_SETSID, "setsid(1) in front of mpk-run does it");
    return session;
}
