#!/usr/bin/env bash
# Exactly once on a real cluster: a capture is ingested while three processes of one group are killed with SIGKILL again and again.
# What a reader of committed records then finds must be what `analyze` finds in one process: each record once, byte for byte.
#
#   ICMPSTREAM_TEST_BROKERS=host:9092 tests/e2e/exactly_once.sh [CAPTURE]
#
#   KILLS=20  TAIL_SECONDS=20  PARTITIONS=4  PROCESSES=3  SPEED=max|real|20x  GUARANTEE=exactly-once|at-least-once  KAFKA="key=value ..."
#
# With at-least-once records may repeat, so each is counted once. Topics get a prefix of their own and are left there, since deleting them
# is the cluster owner's business. It needs a real cluster: librdkafka's mock cluster creates no topics when asked, and forgets offsets committed in transactions.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
icmpstream=${ICMPSTREAM:-$root/bin/icmpstream}
capture=${1:-$root/src/Cli/Demo/capture.pcap}
kills=${KILLS:-20} partitions=${PARTITIONS:-4} processes=${PROCESSES:-3} speed=${SPEED:-max} guarantee=${GUARANTEE:-exactly-once}

if [ -z "${ICMPSTREAM_TEST_BROKERS:-}" ]; then
  echo "skipped: ICMPSTREAM_TEST_BROKERS names no cluster"
  [ "${CI:-}" = true ] && exit 1 || exit 0
fi
[ -x "$icmpstream" ] || { echo "$icmpstream is not built: make app" >&2; exit 1; }

work=$(mktemp -d)
prefix="e2e$(date +%s)$$."
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
  tail -n 5 "$work"/process-*.log >&2 || true
  exit 1
}

# A process with a name of its own: whoever comes after it under that name fences it and has its partitions at once.
start() {
  local number=$1
  shift
  "$icmpstream" process "${kafka[@]}" --group e2e --guarantee "$guarantee" --instance-id "e2e-$number" \
    --commit-interval 50 --checkpoint-interval 1 "$@" >>"$work/process-$number.log" 2>&1 &
  pids[$number]=$!
}

# All records of a topic as sorted JSON lines. Every transaction is decided by now, so a few quiet seconds are the end.
read_topic() {
  local status=0
  timeout --signal=INT "${TAIL_SECONDS:-20}" "$icmpstream" tail "$1" "${kafka[@]}" --from beginning >"$work/tail" || status=$?
  [ $status -eq 0 ] || [ $status -eq 124 ] || fail "tail $1 ended with status $status"
  if [ "$guarantee" = at-least-once ]; then LC_ALL=C sort -u "$work/tail"; else LC_ALL=C sort "$work/tail"; fi
}

echo "expected: analyze $capture"
"$icmpstream" analyze "$capture" --out "$work/expected" --quiet
"$icmpstream" topics apply "${kafka[@]}" --partitions "$partitions" --quiet

run=$(sha256sum "$capture" | cut -c1-32)
for ((number = 0; number < processes; number++)); do start "$number"; done
"$icmpstream" ingest --source "$capture" "${kafka[@]}" --run-id "$run" --speed "$speed" --quiet &
ingest=$!

for ((killed = 0; killed < kills; killed++)); do
  sleep "$((RANDOM % 2)).$((RANDOM % 10))"
  victim=$((RANDOM % processes))
  kill -KILL "${pids[$victim]}" 2>/dev/null || true
  wait "${pids[$victim]}" 2>/dev/null || true
  start "$victim"
done
wait "$ingest" || fail "ingest"

echo "killed $kills times; now to the end"
for ((number = 0; number < processes; number++)); do
  kill -TERM "${pids[$number]}" 2>/dev/null || true
  wait "${pids[$number]}" || fail "process $number did not end well"
done
for ((number = 0; number < processes; number++)); do start "$number" --until-end --idle-timeout 120; done
for ((number = 0; number < processes; number++)); do wait "${pids[$number]}" || fail "process $number did not come to the end"; done
pids=()

for pair in icmp.echo.v1:echo.jsonl icmp.rate.v1:rates.jsonl icmp.alert.v1:alerts.jsonl; do
  topic=${pair%%:*} file=${pair##*:}
  read_topic "$topic" >"$work/found"
  LC_ALL=C sort "$work/expected/$file" >"$work/wanted"
  cmp -s "$work/wanted" "$work/found" || {
    diff "$work/wanted" "$work/found" | head -n 10 >&2
    fail "$topic: $(wc -l <"$work/wanted") records expected, $(wc -l <"$work/found") found"
  }
  echo "$topic: $(wc -l <"$work/found") records, as expected"
done
echo "passed: $processes processes killed $kills times, $partitions partitions, $guarantee"
