#!/bin/sh
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# demo.sh [BUILD WORK [RUNNER...]]: a vault of one-time passwords that calls a vault that signs; a program that may call the
# first alone; a program that tries the second; and a hostile vault in the place of the first. With what is built in BUILD
# (default: build), files in WORK (an empty folder that the machine may write), and what needs protection keys after RUNNER
# (default: on this CPU, or in the virtual machine).
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=examples/common/machine.sh
. "$root/examples/common/machine.sh"
openssl rand -out "$work/seed" 32
openssl rand -out "$work/signing" 32
cat >"$work/policy" <<'POLICY'
{
    "seed": {"type": "PSA_KEY_TYPE_HMAC", "usage": ["PSA_KEY_USAGE_SIGN_MESSAGE"], "algorithms": ["PSA_ALG_HMAC(PSA_ALG_SHA_256)"]},
    "signing": {"type": "PSA_KEY_TYPE_HMAC", "usage": ["PSA_KEY_USAGE_SIGN_MESSAGE"], "algorithms": ["PSA_ALG_HMAC(PSA_ALG_SHA_256)"]}
}
POLICY
chmod 644 "$work/seed" "$work/signing" "$work/policy"

# The codes 0 and 1, as the user's own device has them (RFC 4226).
codes=$(python3 - "$work/seed" <<'PYTHON'
import hashlib, hmac, struct, sys
seed = open(sys.argv[1], "rb").read()
for counter in range(2):
    mac = hmac.new(seed, struct.pack(">Q", counter), hashlib.sha256).digest()
    at = mac[-1] & 15
    print("%06d" % ((struct.unpack(">I", mac[at:at + 4])[0] & 0x7fffffff) % 1000000))
PYTHON
)

# shellcheck disable=SC2086 # a command and its options; two codes
seal() {
    otp=$1
    shift
    $runner "$build/bin/mpk-run" --quiet --vault "$build/lib/signer.so" --vault "otp=$build/lib/$otp.so" --gate signer=vaults \
        --gate otp=ulk --key "signer:signing=$work/signing" --key "otp:seed=$work/seed" --key-policy "$work/policy" -- "$@" 2>&1 ||
        echo "exit status $?"
}
echo '== the codes of the user, the first one again, and a wrong one'
# shellcheck disable=SC2086 # two codes
seal otp "$build/bin/callgate-login" $codes ${codes%%[!0-9]*} 1000000 | sed 's/^[0-9]*:/CODE:/'
echo '== a program that asks the signer itself'
seal otp "$build/bin/callgate-forge"
echo '== a hostile vault in the place of the one-time passwords goes for the program'"'"'s memory'
seal hostile-otp "$build/bin/callgate-login" --steal
