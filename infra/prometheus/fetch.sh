#!/usr/bin/env bash
# Puts prometheus and promtool, which the tests scrape and check alert rules with, into the cache: taken out of Debian's package of Prometheus, which is
# not installed, since it would start a server.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
. "$root/infra/debian.sh"

[ "${ICMPSTREAM_SKIP_SETUP:-0}" != 1 ] || exit 0
cache=${ICMPSTREAM_CACHE:-$HOME/.cache/icmpstream}/prometheus
if [ -x "$cache/prometheus" ] && [ -x "$cache/promtool" ]; then exit 0; fi

say "fetching prometheus and promtool"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# apt's own user, which downloads, must be able to write there.
chmod 777 "$work"
cd "$work"
apt-get -qq download prometheus >/dev/null 2>&1 || { apt-get -qq update && apt-get -qq download prometheus; } >"$work/log" 2>&1 || {
  cat "$work/log" >&2
  die "apt-get could not download the package prometheus"
}
dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/prometheus ./usr/bin/promtool
mkdir -p "$cache"
mv usr/bin/prometheus usr/bin/promtool "$cache"
