#!/usr/bin/env bash
# compile-xdp.sh SOURCE OBJECT: compiles the XDP program with clang. Where clang or the headers of libbpf are missing it says so and makes
# nothing: the build goes on, and afxdp sources say at run time what was missing. What is there and does not compile fails the build.
set -euo pipefail
source=$1 object=$2

if ! command -v clang >/dev/null || [ ! -r /usr/include/bpf/bpf_helpers.h ]; then
  echo "note: clang or libbpf-dev is missing: this build has no afxdp sources (make setup installs both)"
  exit 0
fi

# linux/types.h includes asm/types.h, which Debian keeps by architecture.
architecture=/usr/include/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
mkdir -p "$(dirname "$object")"
clang -O2 -g -Wall -Wextra -Werror -target bpf -I"$architecture" -c "$source" -o "$object.new"
mv "$object.new" "$object"
