#!/usr/bin/env bash
# image.sh: builds the image with docker or podman, whichever answers, and tries it as compose.yaml starts it: not root, no capability, no new privileges, a
# read-only file system, and no network.
#
#   ENGINE=podman         that one
#   BUILD_ARGS="..."      more options for its build, as --network host
#   RUN_ARGS="..."        and for its run
#   TAG=icmpstream:latest
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
tag=${TAG:-icmpstream:latest}
engine=${ENGINE:-}
for candidate in docker podman; do
  [ -n "$engine" ] || ! command -v "$candidate" >/dev/null || ! "$candidate" info >/dev/null 2>&1 || engine=$candidate
done
[ -n "$engine" ] || {
  echo "image: neither docker nor podman is here, or it does not answer" >&2
  exit 1
}

echo "image: building $tag with $engine"
# shellcheck disable=SC2086 # lists of options
"$engine" build ${BUILD_ARGS:-} --file infra/Dockerfile --build-arg COMMIT="$(git rev-parse HEAD 2>/dev/null || echo unknown)" --tag "$tag" .

samples=$(mktemp -d)
trap 'rm -rf "$samples"' EXIT
chmod 755 "$samples"
cp src/Cli/Demo/capture.pcap "$samples"

run() {
  # shellcheck disable=SC2086
  "$engine" run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges --network none --volume "$samples:/captures:ro" ${RUN_ARGS:-} "$tag" "$@"
}

version=$(run --version)
echo "$version"
for native in librdkafka libbpf; do
  grep -qE "^$native +[0-9]" <<<"$version" || {
    echo "image: $native does not load in it" >&2
    exit 1
  }
done
run doctor
run analyze /captures/capture.pcap --json | grep -q '"alerts"'
# Kafka, the registry apart: both halves on the embedded one, in one container.
run demo --quiet >/dev/null
if "$engine" run --rm --entrypoint /bin/sh "$tag" -c true >/dev/null 2>&1; then
  echo "image: it has a shell" >&2
  exit 1
fi
echo "image: $tag works"
