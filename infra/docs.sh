#!/usr/bin/env bash
# Writes the pages that the program writes about itself: docs/cli.md, and the table in docs/operators/metrics.md.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
icmpstream=${ICMPSTREAM:-$root/bin/icmpstream}
metrics=$root/docs/operators/metrics.md

"$icmpstream" reference commands >"$root/docs/cli.md"

table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$icmpstream" reference metrics >"$table"
sed -i -e "/<!-- icmpstream reference metrics -->/r $table" -e '/<!-- icmpstream reference metrics -->/,/<!-- end -->/{/^|/d}' "$metrics"
echo "docs: docs/cli.md, docs/operators/metrics.md"
