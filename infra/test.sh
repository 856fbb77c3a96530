#!/usr/bin/env bash
# Runs every built test project one after the other and sums them up: the last line is `N passed, N failed`, with
# `, N skipped` after it when there are any. A project that crashes, hangs or finds no tests counts as a failure.
#
#   ONLY=Ingest          run only tests/Ingest.Tests
#   ARGS="-class ..."    options for the xunit.v3 runner inside each project (-? lists them)
set -uo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
results=$root/artifacts/test
configuration=${CONFIGURATION:-Release}
# Long enough for the slowest project on a small machine, short enough that a hang is reported and not waited for.
time_limit_seconds=${TEST_TIME_LIMIT:-600}

# The name of every failed test of a report and what it says, each ended by a null byte.
failures() {
  grep -zo '<test [^>]*result="Fail"[^>]*><failure[^>]*><message><!\[CDATA\[[^]]*' "$1" |
    sed -z 's/<test [^>]* name="\([^"]*\)".*<!\[CDATA\[/FAILED \1: /; s/&quot;/"/g; s/&gt;/>/g; s/&lt;/</g; s/&amp;/\&/g'
}

passed=0 failed=0 skipped=0 broken=()
rm -rf "$results"
mkdir -p "$results"

colour=()
[ -t 1 ] || colour=(-noColor)

if [ -n "${ONLY:-}" ] && [ ! -d "$root/tests/$ONLY.Tests" ]; then
  echo "there is no tests/$ONLY.Tests" >&2
  exit 1
fi

# shellcheck disable=SC2231 # ONLY is a name
for project in "$root"/tests/${ONLY:-*}.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  report=$results/$name.xml
  runner=$(dirname "$project")/bin/$configuration/net10.0/$name

  printf '\n== %s\n' "$name"
  # ARGS is a list of options; its asterisks are the runner's, not the shell's.
  # shellcheck disable=SC2086
  (cd "$root" && set -f && timeout --kill-after=10 "$time_limit_seconds" "$runner" -noLogo "${colour[@]}" -longRunning 60 -xml "$report" ${ARGS:-})
  status=$?

  counts=$(grep -m1 -o '<assembly [^>]*>' "$report" 2>/dev/null)
  count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<<"$counts"; }
  if [ -z "$counts" ]; then
    [ $status -eq 124 ] && reason="still running after $time_limit_seconds s" || reason="ended with status $status before it could report"
  else
    passed=$((passed + $(count passed)))
    failed=$((failed + $(count failed) + $(count errors)))
    skipped=$((skipped + $(count skipped)))
    # The end of the output is what is read first: what failed is named there again.
    while IFS= read -r -d '' failure; do broken+=("$(head -3 <<<"$failure")"); done < <(failures "$report")
    reason=
    if [ "$(count total)" -eq 0 ] && [ -z "${ARGS:-}" ]; then
      reason="found no tests"
    elif [ $status -ne 0 ] && [ $(($(count failed) + $(count errors))) -eq 0 ]; then
      reason="ended with status $status although no test failed"
    fi
  fi
  if [ -n "$reason" ]; then
    failed=$((failed + 1))
    broken+=("$name: $reason")
  fi
done

echo
for line in "${broken[@]}"; do echo "$line"; done
summary="$passed passed, $failed failed"
[ $skipped -eq 0 ] || summary="$summary, $skipped skipped"
echo "$summary" | tee "$results/summary.txt"
[ $failed -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
