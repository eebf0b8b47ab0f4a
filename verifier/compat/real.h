// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// libc's own functions behind the ones that this library exports under the same names.
#ifndef MPKGATE_COMPAT_REAL_H
#define MPKGATE_COMPAT_REAL_H

#include <dirent.h>
#include <dlfcn.h>
#include <grp.h>
#include <iconv.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>

#define REAL(result, name, parameters) typedef result(real_##name##_function) parameters;
#include "real.def"
#undef REAL

struct real {
#define REAL(result, name, parameters) real_##name##_function *name;
#include "real.def"
#undef REAL
};

// The functions, looked up on the first call; a constructor of another library may come before this one's.
// Ends the process if libc lacks one. Thread-safe.
const struct real *real(void);

#endif
