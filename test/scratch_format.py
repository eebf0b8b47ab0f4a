# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit's shell-test format, with a scratch folder for each test. A module of its own because lit pickles it."""

import os
import shutil

import lit.formats
import lit.TestRunner


class ScratchShTest(lit.formats.ShTest):
    """scratch_root: folder in which each test gets one, writable for everyone."""

    def __init__(self, scratch_root):
        super().__init__(execute_external=True)
        self.scratch_root = scratch_root

    def getTestsInDirectory(self, testSuite, path_in_suite, litConfig, localConfig):
        built_by_cmake = os.path.exists(os.path.join(testSuite.getSourcePath(path_in_suite), "CMakeLists.txt"))
        for test in super().getTestsInDirectory(testSuite, path_in_suite, litConfig, localConfig):
            if not (built_by_cmake and test.getSourcePath().endswith(".c")):
                yield test

    def execute(self, test, litConfig):
        scratch = os.path.join(self.scratch_root, *test.path_in_suite)
        shutil.rmtree(scratch, ignore_errors=True)
        os.makedirs(scratch)
        os.chmod(scratch, 0o1777)
        inputs = os.path.join(os.path.dirname(test.getSourcePath()), "Inputs")
        extra = [("%scratch", scratch), ("%inputs", inputs)]
        return lit.TestRunner.executeShTest(test, litConfig, True, extra_substitutions=extra)
