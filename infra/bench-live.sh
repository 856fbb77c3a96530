#!/usr/bin/env bash
# bench-live.sh [SECONDS]: what a packet costs in this reader, in tcpdump and in FastNetMon (where its Debian package is installed), on the
# same traffic: one generator in one network namespace sends as fast as it can into a veth pair, one reader at a time reads in another.
# As root. Writes artifacts/bench/live.tsv.
#
# CPU is user and system time of the reading process, in the steady state: every reader is warmed up by four seconds of the traffic, which are not
# counted (start-up, code that is compiled as it runs). The tap itself runs in the sender's context, so that what it costs shows in how much
# the generator can send: the last column.
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
for space in "$left" "$right"; do ip netns exec "$space" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.default.disable_ipv6=1; done
ip link add left address 02:00:00:00:00:01 netns "$left" type veth peer name right address 02:00:00:00:00:02 netns "$right"
ip -n "$left" link set left up
ip -n "$right" link set right up
ip -n "$right" link set lo up

counter() { ip netns exec "$1" cat "/sys/class/net/$2/statistics/$3"; }

# User and system time of a process in seconds: fields 14 and 15 of /proc/PID/stat.
cpu_of() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); print $12 / hz, $13 / hz }' "/proc/$1/stat"; }

mkdir -p "$(dirname "$out")"
printf 'reader\tsent\tread\tdropped\tlost_by_interface\tuser_s_per_million\tsystem_s_per_million\tsent_per_s\n' | tee "$out"

# blast SECONDS: how much was sent, what the interface itself lost of it, and how long it took.
blast() {
  local before sent took
  before=$(counter "$left" left tx_dropped)
  read -r _ sent _ _ _ took <<<"$(ip netns exec "$left" "$work/blast" left "$1")"
  echo "$sent $(($(counter "$left" left tx_dropped) - before)) $took"
}

# measure NAME COMMAND...
measure() {
  local name=$1; shift
  local log=$work/log
  # A process that a shell starts in the background ignores SIGINT, so that all are ended by SIGTERM.
  ip netns exec "$right" "$@" >"$log" 2>&1 &
  local pid=$! waited=0
  until grep -qsE 'ready|listening on' "$log" || [ $waited -ge 100 ]; do sleep 0.1; waited=$((waited + 1)); done
  local warm warm_lost sent lost took user system user_before system_before
  read -r warm warm_lost _ <<<"$(blast 4)"
  sleep 1
  read -r user_before system_before <<<"$(cpu_of "$pid")"
  read -r sent lost took <<<"$(blast "$seconds")"
  sleep 1
  read -r user system <<<"$(cpu_of "$pid")"
  kill -TERM "$pid"
  wait "$pid" || true
  local read dropped
  if grep -q '^received ' "$log"; then
    read -r read dropped <<<"$(awk '/^received / { print $4, $8 }' "$log")"
  else
    read=$(awk '/packets captured/ { print $1 }' "$log")
    dropped=$(awk '/dropped by kernel/ { print $1 }' "$log")
  fi
  awk -v OFS='\t' -v name="$name" -v sent="$sent" -v lost="$lost" -v took="$took" -v read="${read:-?}" -v dropped="${dropped:-?}" \
    -v user="$user" -v user_before="$user_before" -v system_="$system" -v system_before="$system_before" -v all="$((warm + sent))" -v all_lost="$((warm_lost + lost))" 'BEGIN {
      print name, all, read, dropped, all_lost, sprintf("%.4f", (user - user_before) * 1e6 / sent), sprintf("%.4f", (system_ - system_before) * 1e6 / sent), sprintf("%.0f", sent / took)
    }' | tee -a "$out"
}

sent_alone=$(ip netns exec "$left" "$work/blast" left 2 | awk '{ printf "%.0f", $2 / $6 }')
printf '# nobody reads: %s packets/s sent\n' "$sent_alone" | tee -a "$out"
measure "icmpstream afpacket, decoded" "$reader" live-count afpacket:right
measure "icmpstream afxdp, decoded" "$reader" live-count afxdp:right
measure "icmpstream afxdp, 16 MiB, decoded" "$reader" live-count afxdp:right --ring-size 16777216
measure "icmpstream afxdp --copy, decoded" "$reader" live-count afxdp:right --copy
measure "tcpdump -w /dev/null" tcpdump -i right -n -w /dev/null icmp
if command -v fastnetmon >/dev/null; then
  # It reports its use over the Internet and bans addresses unless told not to; it must only read here.
  sed -e 's/^mirror_afpacket .*/mirror_afpacket = on/' -e 's/^interfaces .*/interfaces = right/' -e 's/^disable_usage_report .*/disable_usage_report = on/' \
    -e 's/^enable_ban .*/enable_ban = off/' -e 's/^enable_ban_ipv6 .*/enable_ban_ipv6 = off/' /etc/fastnetmon.conf >"$work/fastnetmon.conf"
  printf '10.0.0.0/8\n' >"$work/networks"
  sed -i "s|^networks_list_path .*|networks_list_path = $work/networks|" "$work/fastnetmon.conf"
  measure "fastnetmon mirror_afpacket" fastnetmon --configuration_file "$work/fastnetmon.conf"
else
  echo "# fastnetmon is not installed: apt-get install fastnetmon adds it to the comparison" | tee -a "$out"
fi
