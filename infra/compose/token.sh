#!/usr/bin/env bash
# Makes the token that Prometheus shows when it scrapes: 32 random bytes. Compose mounts the file as it is, and the containers' users are
# not this machine's, so it is readable by all who can reach the folder: for one machine and a trial, not for production.
set -euo pipefail

token=$(dirname "$0")/token
[ ! -s "$token" ] || exit 0
umask 022
head -c 32 /dev/urandom | base64 | tr -d '\n=' | tr '+/' '-_' >"$token"
echo "wrote $token"
