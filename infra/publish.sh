#!/usr/bin/env bash
# Puts the command, runnable from anywhere, at bin/icmpstream.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

echo "build: making bin/icmpstream, which takes a minute or two the first time"
dotnet publish src/Cli/IcmpStream.Cli.csproj --configuration "${CONFIGURATION:-Release}" --output bin --nologo --verbosity quiet
echo "build: bin/icmpstream is there"
