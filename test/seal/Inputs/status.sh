#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# status.sh PYTHON START PLAN RUNTIME CHANGE PROGRAM...: runs it, standard error and all, and prints how it ended.
"$@" 2>&1
echo "exit status $?"
