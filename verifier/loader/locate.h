// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where the program and MPKGate's own files are.
#ifndef MPKGATE_LOADER_LOCATE_H
#define MPKGATE_LOADER_LOCATE_H

// Opens the program as execvp would find it: a name without a slash is searched in PATH. Dies with status 127
// if there is none, 126 if it cannot be run.
int open_program(const char *name);

// The real path of mpk-run itself. The caller frees it.
char *own_path(void);

// The path of a file of MPKGate's in the library folder that belongs to mpk-run's folder: ../lib of the build
// tree or of the installation. The caller frees it. Dies if it is not there.
char *installed_file(const char *name);

// Opens one of MPKGate's own files. Dies if anyone but root, the user and the owner of mpk-run could have
// changed it.
int open_trusted(const char *path);

#endif
