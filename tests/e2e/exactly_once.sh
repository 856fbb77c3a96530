#!/usr/bin/env bash
# Exactly once on a real cluster: a capture is ingested while three processes of one group are killed with SIGKILL again and again.
# What a reader of committed records then finds must be what `analyze` finds in one process: each record once, byte for byte.
#
#   ICMPSTREAM_TEST_BROKERS=host:9092 tests/e2e/exactly_once.sh [CAPTURE]
#
#   KILLS=20  PARTITIONS=4  PROCESSES=3  SPEED=2x|max|real  GUARANTEE=exactly-once|at-least-once  TAIL_SECONDS=20  KAFKA="key=value ..."
#   PREFIX=p.   topics with this prefix are there already, empty, and are used instead of new ones
#
# Without CAPTURE one of a minute is made: pings, a flood, a tunnel, a sweep. With at-least-once records may repeat, so each is counted once. New topics get
# a prefix of their own and are left there, since deleting them is the cluster owner's business. librdkafka's mock cluster will do with GUARANTEE=at-least-once,
# PREFIX and KAFKA="session.timeout.ms=2000 heartbeat.interval.ms=300": it creates no topics when asked, forgets offsets committed in transactions, and knows
# no static members.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
icmpstream=${ICMPSTREAM:-$root/bin/icmpstream}
capture=${1:-}
kills=${KILLS:-20} partitions=${PARTITIONS:-4} processes=${PROCESSES:-3} speed=${SPEED:-2x} guarantee=${GUARANTEE:-exactly-once}

if [ -z "${ICMPSTREAM_TEST_BROKERS:-}" ]; then
  echo "skipped: ICMPSTREAM_TEST_BROKERS names no cluster"
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi
[ -x "$icmpstream" ] || { echo "$icmpstream is not built: make app" >&2; exit 1; }

work=$(mktemp -d)
prefix=${PREFIX:-e2e$(date +%s)$$.}
kafka=(--brokers "$ICMPSTREAM_TEST_BROKERS" --topic-prefix "$prefix")
for setting in ${KAFKA:-}; do kafka+=(--kafka "$setting"); done
declare -A pids=()

# shellcheck disable=SC2329 # called by the trap
clean_up() {
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean_up EXIT

fail() {
  echo "FAILED: $*" >&2
  tail -n 5 "$work"/*.log >&2 || true
  exit 1
}

# A process with a name of its own: whoever comes after it under that name fences it and has its partitions at once.
start() {
  local number=$1
  shift
  "$icmpstream" process "${kafka[@]}" --group "${prefix}group" --guarantee "$guarantee" --instance-id "e2e-$number" \
    --commit-interval 50 --checkpoint-interval 1 "$@" >>"$work/process-$number.log" 2>&1 &
  pids[$number]=$!
}

# One that has ended by itself has failed, and a restart must not hide it.
kill_one() {
  local number=$1
  kill -KILL "${pids[$number]}" 2>/dev/null || fail "process $number had ended before it was killed"
  wait "${pids[$number]}" 2>/dev/null || true
}

# All records of a topic as JSON lines. Every transaction is decided by now, so once as many are there as are expected, what comes in some quiet seconds is all there is.
read_topic() {
  local topic=$1 expected=$2 file=$work/$1.jsonl found=-1 quiet=0 waited=0 now
  "$icmpstream" tail "$topic" "${kafka[@]}" --from beginning >"$file" 2>"$work/tail-$topic.log" &
  local pid=$!
  while [ $quiet -lt "${TAIL_SECONDS:-20}" ] && [ $waited -lt 300 ]; do
    sleep 1
    waited=$((waited + 1)) now=$(wc -l <"$file")
    if [ "$now" -eq "$found" ] && [ "$now" -ge "$expected" ]; then quiet=$((quiet + 1)); else quiet=0; fi
    found=$now
  done
  kill -TERM "$pid"
  wait "$pid"
}

if [ -z "$capture" ]; then
  capture=$work/capture.pcap
  "$icmpstream" generate -o "$capture" --quiet --duration "${CAPTURE_SECONDS:-60}" --traffic ordinary:rate=60 --traffic flood:rate=1500,sources=30,start=4,duration=7 \
    --traffic tunnel:rate=8,start=1 --traffic sweep:rate=20,start=2,targets=100
fi
echo "expected: analyze $capture"
"$icmpstream" analyze "$capture" --out "$work/expected" --quiet
[ -n "${PREFIX:-}" ] || "$icmpstream" topics apply "${kafka[@]}" --partitions "$partitions" --quiet

run=$(sha256sum "$capture" | cut -c1-32)
for ((number = 0; number < processes; number++)); do start "$number"; done
"$icmpstream" ingest --source "$capture" "${kafka[@]}" --run-id "$run" --speed "$speed" --quiet >"$work/ingest.log" 2>&1 &
pids[ingest]=$!

for ((killed = 0; killed < kills; killed++)); do
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  victim=$((RANDOM % processes))
  kill_one "$victim"
  start "$victim"
done
wait "${pids[ingest]}" || fail "ingest"
unset 'pids[ingest]'

echo "killed $kills times; now to the end"
for ((number = 0; number < processes; number++)); do kill_one "$number"; done
for ((number = 0; number < processes; number++)); do start "$number" --until-end --idle-timeout 120; done
for ((number = 0; number < processes; number++)); do wait "${pids[$number]}" || fail "process $number did not come to the end"; done
pids=()

declare -A files=([icmp.echo.v1]=echo.jsonl [icmp.rtt.v1]=rtt.jsonl [icmp.rate.v1]=rates.jsonl [icmp.alert.v1]=alerts.jsonl)
for topic in "${!files[@]}"; do
  read_topic "$topic" "$(wc -l <"$work/expected/${files[$topic]}")" &
  pids[$topic]=$!
done
read_topic icmp.dlq.v1 0 &
pids[icmp.dlq.v1]=$!
for topic in "${!pids[@]}"; do wait "${pids[$topic]}" || fail "tail $topic"; done
pids=()

sorted() { if [ "$guarantee" = at-least-once ]; then LC_ALL=C sort -u "$1"; else LC_ALL=C sort "$1"; fi; }
for topic in "${!files[@]}"; do
  sorted "$work/$topic.jsonl" >"$work/found"
  LC_ALL=C sort "$work/expected/${files[$topic]}" >"$work/wanted"
  cmp -s "$work/wanted" "$work/found" || {
    diff "$work/wanted" "$work/found" | head -n 10 >&2 || true
    fail "$topic: $(wc -l <"$work/wanted") records expected, $(wc -l <"$work/found") found"
  }
  echo "$topic: $(wc -l <"$work/found") records, as expected"
done
[ ! -s "$work/icmp.dlq.v1.jsonl" ] || fail "there are dead letters"
echo "passed: $processes processes killed $kills times, $guarantee"
