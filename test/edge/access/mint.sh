#!/bin/sh
# Mints a playback token with openssl alone. Usage: mint.sh <HS256|ES256> <kid> <key file> <claims as JSON>
# The key file holds the raw secret (HS256) or a private key as PEM (ES256).
set -eu

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

# ECDSA comes as DER, a JWT wants r and s with 32 bytes each (RFC 7518 3.4).
raw() {
  openssl asn1parse -inform DER | sed -n 's/.*INTEGER *:\(-\{0,1\}[0-9A-F]*\)$/\1/p' | while read -r number; do
    printf '%64s' "$number" | tr ' ' '0'
  done | sed 's/../\\x&/g' | xargs -0 printf '%b'
}

header=$(printf '{"alg":"%s","typ":"JWT","kid":"%s"}' "$1" "$2" | base64url)
signed="$header.$(printf '%s' "$4" | base64url)"
if [ "$1" = HS256 ]; then
  # openssl takes the secret as an argument only, where others of the machine can see it: there, sign with ES256.
  signature=$(printf '%s' "$signed" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$(od -An -tx1 -v "$3" | tr -d ' \n')" -binary | base64url)
else
  signature=$(printf '%s' "$signed" | openssl dgst -sha256 -sign "$3" -binary | raw | base64url)
fi
printf '%s.%s\n' "$signed" "$signature"
