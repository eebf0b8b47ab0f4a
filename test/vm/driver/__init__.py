# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The driver of the PKU virtual machine, test/vm/pkuvm.

frames.py   the protocol with PID 1 and between client and server
kernel.py   kernels: from the distribution's package to a bootable file in the cache
machine.py  one virtual machine: QEMU, the two shares, its console
server.py   serves one machine's commands to many clients
client.py   runs one command in a machine
direct.py   runs one command on this CPU, where it has PKU
places.py   where sockets, cache and PID 1 are; how to become root
"""
