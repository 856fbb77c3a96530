#!/usr/bin/env bash
# bench-live.sh [SECONDS]: what a packet costs in this reader, in tcpdump and in FastNetMon (where its Debian package is installed), on the
# same traffic: one generator in one network namespace sends as fast as it can into a veth pair, one reader at a time reads in another.
# As root. Writes artifacts/bench/live.tsv.
#
# CPU is user and system time of the reading process, start-up included. The tap itself runs in the sender's context, so that what it costs
# shows in how much the generator can send: the last column.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-10}
reader=$root/bench/bin/Release/net10.0/IcmpStream.Bench
out=$root/artifacts/bench/live.tsv
work=$(mktemp -d)
left=istbench$$l right=istbench$$r

[ "$(id -u)" = 0 ] || { echo "bench-live: network namespaces take root" >&2; exit 1; }
[ -x "$reader" ] || { echo "bench-live: build bench first: dotnet build bench -c Release" >&2; exit 1; }

clean() {
  ip netns del "$left" 2>/dev/null || true
  ip netns del "$right" 2>/dev/null || true
  rm -r "$work"
}
trap clean EXIT

gcc -O2 -o "$work/blast" "$root/tests/live/blast.c"
ip netns add "$left"
ip netns add "$right"
for space in "$left" "$right"; do ip netns exec "$space" sysctl -qw net.ipv6.conf.default.disable_ipv6=1; done
ip link add left address 02:00:00:00:00:01 netns "$left" type veth peer name right address 02:00:00:00:00:02 netns "$right"
ip -n "$left" link set left up
ip -n "$right" link set right up
ip -n "$right" link set lo up

counter() { ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3"; }

# CPU time of a process in seconds, from its scheduler's ticks: fields 14 and 15 of /proc/PID/stat.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print ($12 + $13) / hz }' "/proc/$1/stat"; }

mkdir -p "$(dirname "$out")"
printf 'reader\tsent\tread\tdropped\tlost_by_interface\tcpu_s\tcpu_s_per_million\tsent_per_s\n' | tee "$out"

# measure NAME READ_PATTERN DROP_PATTERN COMMAND...
measure() {
  local name=$1; shift
  local log=$work/log
  # A process that a shell starts in the background ignores SIGINT, so that all are ended by SIGTERM.
  ip netns exec "$right" "$@" >"$log" 2>&1 &
  local pid=$! waited=0
  until grep -qsE 'ready|listening on' "$log" || [ $waited -ge 100 ]; do sleep 0.1; waited=$((waited + 1)); done
  local lost_before sent rate lost cpu
  lost_before=$(($(counter "$left" left tx_dropped)))
  read -r _ sent _ _ _ rate <<<"$(ip netns exec "$left" "$work/blast" left "$seconds")"
  rate=$(awk -v n="$sent" -v s="$rate" 'BEGIN { printf "%.0f", n / s }')
  sleep 1
  lost=$(($(counter "$left" left tx_dropped) - lost_before))
  cpu=$(cpu_of "$pid")
  kill -TERM "$pid"
  wait "$pid" || true
  local read dropped
  if grep -q '^received ' "$log"; then
    read -r read dropped <<<"$(awk '/^received / { print $4, $8 }' "$log")"
  else
    read=$(awk '/packets captured/ { print $1 }' "$log")
    dropped=$(awk '/dropped by kernel/ { print $1 }' "$log")
  fi
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$name" "$sent" "${read:-?}" "${dropped:-?}" "$lost" "$cpu" \
    "$(awk -v c="$cpu" -v n="${read:-$sent}" 'BEGIN { if (n > 0) printf "%.4f", c * 1e6 / n; else printf "?" }')" "$rate" | tee -a "$out"
}

sent_alone=$(ip netns exec "$left" "$work/blast" left 2 | awk '{ printf "%.0f", $2 / $6 }')
printf '# nobody reads: %s packets/s sent\n' "$sent_alone" | tee -a "$out"
measure "icmpstream afpacket, decoded" "$reader" live-count afpacket:right
measure "icmpstream afxdp, decoded" "$reader" live-count afxdp:right
measure "icmpstream afxdp --copy, decoded" "$reader" live-count afxdp:right --copy
measure "tcpdump -w /dev/null" tcpdump -i right -n -w /dev/null icmp
if command -v fastnetmon >/dev/null; then
  sed -e 's/^mirror_afpacket.*/mirror_afpacket = on/' -e 's/^interfaces.*/interfaces = right/' /etc/fastnetmon.conf >"$work/fastnetmon.conf"
  printf '10.0.0.0/8\n' >"$work/networks"
  sed -i "s|^networks_list_path.*|networks_list_path = $work/networks|" "$work/fastnetmon.conf"
  measure "fastnetmon mirror_afpacket" fastnetmon --configuration_file "$work/fastnetmon.conf"
else
  echo "# fastnetmon is not installed: apt-get install fastnetmon adds it to the comparison" | tee -a "$out"
fi
