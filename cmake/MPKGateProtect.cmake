# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# mpkgate_protect(TARGET): compile TARGET with MPKGate.so and link it so that mpk-verify accepts the layout.
function(mpkgate_protect target)
  add_dependencies(${target} MPKGate)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-fpass-plugin=$<TARGET_FILE:MPKGate>>")
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,separate-code)
endfunction()
