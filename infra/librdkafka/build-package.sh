#!/usr/bin/env bash
# Puts librdkafka.redist, the native half of Confluent.Kafka, into infra/packages/, the local NuGet feed.
#
# Where the public feed has the package nothing is done. Where it lacks it, the library is compiled once from its released
# source and kept in $ICMPSTREAM_CACHE (default ~/.cache/icmpstream), by version, recipe, distribution and architecture.
# docs/decisions/0001-local-librdkafka-package.md says why.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
feed=$root/infra/packages
. "$root/infra/debian.sh"
. "$here/recipe.sh"

case $(uname -m) in
  x86_64) rid=linux-x64 ;;
  aarch64) rid=linux-arm64 ;;
  *) die "there is no recipe for librdkafka on $(uname -m)" ;;
esac

pinned=$(sed -n 's/.*"librdkafka.redist" Version="\([^"]*\)".*/\1/p' "$root/Directory.Packages.props")
[ "$pinned" = "$version" ] || die "Directory.Packages.props pins librdkafka.redist $pinned but this recipe builds $version"

distribution=$(. /etc/os-release 2>/dev/null && printf '%s%s' "${ID:-linux}" "${VERSION_ID:-}" || printf linux)
recipe=$(cat "$here/recipe.sh" "$here/librdkafka.redist.csproj" | grep -v '^ *#' | sha256sum | cut -c1-12)
cache=${ICMPSTREAM_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/icmpstream}/librdkafka.redist
kept=$cache/$version-$recipe-$distribution-$rid
file=librdkafka.redist.$version.nupkg

mkdir -p "$cache" "$feed"
# One build at a time: a second checkout that asks meanwhile waits, and then finds the package in the cache. With --close the
# lock stays with flock itself: a compiler server that dotnet leaves behind must not inherit it.
[ -n "${ICMPSTREAM_LOCKED:-}" ] || ICMPSTREAM_LOCKED=1 exec flock --close "$cache/lock" "$0"

# Whether the public feed alone can serve the package. A probe restore answers as NuGet itself would, proxies and
# credentials included. Into an empty package folder, since the machine's own may hold a package built earlier.
public_feed_has_it() {
  local probe=$1/probe log=$1/probe.log
  mkdir -p "$probe"
  cat >"$probe/probe.csproj" <<XML
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><TargetFramework>net10.0</TargetFramework><NuGetAudit>false</NuGetAudit></PropertyGroup>
  <ItemGroup><PackageReference Include="librdkafka.redist" Version="[$version]" /></ItemGroup>
</Project>
XML
  sed -e '/key="icmpstream-local"/d' -e '/<packageSourceMapping>/,/<\/packageSourceMapping>/d' \
    "$root/NuGet.config" >"$probe/NuGet.config"
  if NUGET_PACKAGES=$1/probe-packages dotnet restore "$probe/probe.csproj" --configfile "$probe/NuGet.config" >"$log" 2>&1; then
    return 0
  fi
  grep -qE 'NU110[123]' "$log" && return 1
  grep -E 'error' "$log" | head -n 3 >&2
  die "the public NuGet feed does not answer; set-up needs it for the other packages too"
}

fetch_source() {
  local directory=$1
  if command -v npm >/dev/null && (cd "$directory" && npm pack --silent "$npm_spec" >/dev/null 2>&1); then
    mv "$directory"/*kafka-javascript-*.tgz "$directory/source.tgz"
  else
    curl --fail --silent --show-error --location --retry 3 -o "$directory/source.tgz" \
      "https://registry.npmjs.org/@confluentinc/kafka-javascript/-/$tarball_name" ||
      die "could not download $tarball_name from the npm registry"
  fi
  printf '%s  %s\n' "$tarball_sha512" "$directory/source.tgz" | sha512sum --check --status ||
    die "$tarball_name is not the file whose SHA-512 is pinned in infra/librdkafka/recipe.sh: refusing to build it"
}

pack() {
  local work=$1
  dotnet pack "$here/librdkafka.redist.csproj" --nologo --verbosity quiet --output "$work/out" \
    -p:PackageVersion="$version" -p:NativeRid="$rid" -p:StagingDirectory="$work/staging" \
    -p:BaseIntermediateOutputPath="$work/obj/" -p:BaseOutputPath="$work/bin/" -p:UseSharedCompilation=false >"$work/pack.log" 2>&1 || {
    tail -n 20 "$work/pack.log" >&2
    die "dotnet pack did not make $file"
  }
}

# NuGet never reads a version again that its machine-wide folder holds: one made by another recipe has to go.
forget_other_builds() {
  local installed=${NUGET_PACKAGES:-$HOME/.nuget/packages}/librdkafka.redist/$version
  local mark=$installed/librdkafka.redist.$version.nupkg.sha512
  [ -f "$mark" ] || return 0
  [ "$(cat "$mark")" = "$(openssl dgst -sha512 -binary "$feed/$file" | base64 -w0)" ] && return 0
  say "removing $installed: it is another build of the same version"
  rm -rf "$installed"
}

if [ -f "$kept/public" ]; then
  rm -f "$feed/$file"
  exit 0
fi

if [ ! -f "$kept/$file" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  say "looking for librdkafka.redist $version on the public NuGet feed"
  mkdir -p "$kept"
  if public_feed_has_it "$work"; then
    say "it is there: nothing to build"
    touch "$kept/public"
    rm -f "$feed/$file"
    exit 0
  fi
  say "it is not there: building it from source, once (about a minute)"
  install_packages "${build_packages[@]}" "${library_packages[@]}"
  fetch_source "$work"
  compile "$work"
  pack "$work"
  mv "$work/out/$file" "$kept/$file"
  say "kept in $kept"
fi

install_packages "${library_packages[@]}"
if ! cmp -s "$kept/$file" "$feed/$file"; then
  cp "$kept/$file" "$feed/$file.part"
  mv "$feed/$file.part" "$feed/$file"
  say "librdkafka.redist $version is in infra/packages"
fi
forget_other_builds
