#!/usr/bin/env bash
# setup.sh build|test: makes this machine able to build and run (build) or also to run all tests (test).
# Safe to run at any time: it installs only what is missing, and a run that finds all in place takes under a second.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/infra/debian.sh"

# The compiler of the XDP program with the headers that it includes, and what live sources load.
build_packages="clang libbpf-dev linux-libc-dev libpcap0.8"

# Foreign clients and readers that the tests hold our output against; what live tests send, capture and compile with.
test_packages="kcat avro-bin python3-avro python3-confluent-kafka libavro-java openjdk-17-jdk-headless tshark zsh fish groff-base"
live_test_packages="gcc libc6-dev iproute2 iputils-ping fping traceroute hping3 tcpdump"

check_system() {
  local name=unknown like=
  if [ "$(uname -s)" != Linux ]; then
    name=$(uname -s)
    [ "$name" != Darwin ] || name=macOS
    die "IcmpStream reads the Linux kernel's packet rings and is set up on Debian 12; this is $name. A container or a virtual machine with Debian 12 and the .NET 10 SDK will do."
  fi
  if [ -r /etc/os-release ]; then
    name=$(. /etc/os-release && printf '%s' "${PRETTY_NAME:-unknown}")
    like=$(. /etc/os-release && printf '%s' "${ID:-} ${ID_LIKE:-}")
  fi
  case " $like " in
    *" debian "*) command -v dpkg-query >/dev/null || die "this is $name, but it has no dpkg" ;;
    *) die "set-up installs Debian packages and this is $name. Install what CONTRIBUTING.md lists, then run it again with ICMPSTREAM_SKIP_SETUP=1." ;;
  esac
  case $name in
    "Debian GNU/Linux 12"*) ;;
    *) [ "$1" != build ] || say "this is $name; Debian 12 is what IcmpStream is tested on, going on with the same package names" ;;
  esac
}

check_sdk() {
  command -v dotnet >/dev/null ||
    die "the .NET 10 SDK is missing: https://learn.microsoft.com/dotnet/core/install/linux-debian tells how to install dotnet-sdk-10.0"
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    die "IcmpStream needs a .NET 10 SDK; here there is: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ' | grep . || echo none)"
}

if [ "${ICMPSTREAM_SKIP_SETUP:-0}" = 1 ]; then
  say "taking the system as it is: ICMPSTREAM_SKIP_SETUP=1"
else
  check_system "$1"
fi

case $1 in
  build)
    check_sdk
    # shellcheck disable=SC2086 # a list of names
    install_packages $build_packages
    "$root/infra/librdkafka/build-package.sh"
    ;;
  test)
    # shellcheck disable=SC2086 # a list of names
    install_packages $test_packages $live_test_packages
    "$root/infra/prometheus/fetch.sh"
    ;;
  *)
    die "usage: setup.sh build|test"
    ;;
esac
