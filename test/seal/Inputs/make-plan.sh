#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# make-plan.sh MPK_RUN_TEST PLAN PROGRAM: the launch plan of PROGRAM, readable for everyone.
"$1" --quiet --plan-only "$2" -- "$3" && chmod 644 "$2"
