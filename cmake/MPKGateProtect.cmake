# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# mpkgate_protect(TARGET): compile TARGET with MPKGate.so and link it so that mpk-verify accepts the layout.
function(mpkgate_protect target)
  add_dependencies(${target} MPKGate)
  # add_dependencies orders the links only; the compiler needs the plugin before that, and what it compiled with an older one
  # is out of date.
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "\\.(c|cc|cpp|cxx)$")
  set_property(SOURCE ${sources} TARGET_DIRECTORY ${target} APPEND PROPERTY OBJECT_DEPENDS
    ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/MPKGate.so)
  target_compile_options(${target} PRIVATE "$<$<COMPILE_LANGUAGE:C,CXX>:-fpass-plugin=$<TARGET_FILE:MPKGate>>")
  target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now,-z,separate-code)
endfunction()
