#!/usr/bin/env bash
# Builds a Debian package of the command, its units, configuration, manual page, completions and documentation: artifacts/icmpstream_VERSION_ARCH.deb.
# The .NET runtime is inside (self-contained), since Debian has none to depend on.
#
#   infra/package/build.sh [PUBLISHED]    PUBLISHED: an already published folder, to package that and not publish anew
#   OUTPUT=DIR                            where the package goes, artifacts/ by default
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)
architecture=$(dpkg --print-architecture)
case $architecture in
  amd64) rid=linux-x64 ;;
  arm64) rid=linux-arm64 ;;
  *) echo "package: no .NET runtime for $architecture" >&2 && exit 1 ;;
esac
output=${OUTPUT:-artifacts}
package=$output/icmpstream_${version}_$architecture.deb
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
umask 022
chmod 755 "$tree"

lib=$tree/usr/lib/icmpstream
doc=$tree/usr/share/doc/icmpstream
mkdir -p "$lib" "$doc" "$tree/DEBIAN"
if [ $# -gt 0 ]; then
  cp -r "$1/." "$lib"
else
  dotnet publish src/Cli/IcmpStream.Cli.csproj --configuration Release --runtime "$rid" --self-contained --output "$lib" --nologo --verbosity quiet
fi
rm -f "$lib"/*.pdb
find "$lib" -type f -exec chmod 644 {} +
chmod 755 "$lib/icmpstream"

mkdir -p "$tree/usr/bin" "$tree/lib/systemd/system" "$tree/etc/icmpstream" "$tree/usr/share/man/man1" \
  "$tree/usr/share/bash-completion/completions" "$tree/usr/share/zsh/vendor-completions" "$tree/usr/share/fish/vendor_completions.d"
ln -s ../lib/icmpstream/icmpstream "$tree/usr/bin/icmpstream"
install -m 644 infra/systemd/*.service "$tree/lib/systemd/system"
install -m 640 infra/package/etc/*.json "$tree/etc/icmpstream"
"$lib/icmpstream" reference man | gzip -9n >"$tree/usr/share/man/man1/icmpstream.1.gz"
"$lib/icmpstream" completions bash >"$tree/usr/share/bash-completion/completions/icmpstream"
"$lib/icmpstream" completions zsh >"$tree/usr/share/zsh/vendor-completions/_icmpstream"
"$lib/icmpstream" completions fish >"$tree/usr/share/fish/vendor_completions.d/icmpstream.fish"
cp -r docs/. "$doc"
cp README.md ARCHITECTURE.md "$doc"
gzip -9nc CHANGELOG.md >"$doc/changelog.gz"
cat >"$doc/copyright" <<COPYRIGHT
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: IcmpStream

Files: *
Copyright: The IcmpStream authors
License: Apache-2.0
 On Debian systems the full text is in /usr/share/common-licenses/Apache-2.0.
COPYRIGHT

find "$tree/etc" -type f -printf '/etc/%P\n' | sort >"$tree/DEBIAN/conffiles"
(cd "$tree" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
cat >"$tree/DEBIAN/control" <<CONTROL
Package: icmpstream
Version: $version
Architecture: $architecture
Maintainer: The IcmpStream authors <icmpstream@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$tree" | cut -f1)
Depends: libc6 (>= 2.31), libgcc-s1, libstdc++6, libssl3, zlib1g, libzstd1, libcurl4
Recommends: libbpf1, libpcap0.8
Section: net
Priority: optional
Description: ICMP stream processor on Kafka
 Reads ICMP packets from captures and live interfaces, publishes them as Avro
 events on Kafka, and turns the events into echo exchanges, rates and security
 alerts.
CONTROL
# With DPKG_ROOT the package is put into the tree of another system, whose systemd does not run here.
cat >"$tree/DEBIAN/postinst" <<'POSTINST'
#!/bin/sh
set -e
# Units are enabled by whoever knows the interfaces: systemctl enable --now icmpstream-ingest@eth1
if [ "$1" = configure ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
  # An upgrade: a process loads its assemblies when it first needs them, and those of another version stand there now.
  [ -z "$2" ] || systemctl try-restart 'icmpstream-ingest@*' 'icmpstream-process@*' || true
fi
POSTINST
cat >"$tree/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl stop 'icmpstream-ingest@*' 'icmpstream-process@*' || true
fi
PRERM
cat >"$tree/DEBIAN/postrm" <<'POSTRM'
#!/bin/sh
set -e
if [ "$1" = purge ]; then
  # What units were enabled, the variables of single instances, and what ingest keeps while brokers are away.
  rm -f "${DPKG_ROOT:-}"/etc/systemd/system/*.wants/icmpstream-ingest@*.service "${DPKG_ROOT:-}"/etc/systemd/system/*.wants/icmpstream-process@*.service
  rm -f "${DPKG_ROOT:-}"/etc/icmpstream/ingest-*.env "${DPKG_ROOT:-}"/etc/icmpstream/process-*.env
  rm -rf "${DPKG_ROOT:-}/var/lib/private/icmpstream" "${DPKG_ROOT:-}/var/lib/icmpstream"
  [ ! -d "${DPKG_ROOT:-}/etc/icmpstream" ] || rmdir --ignore-fail-on-non-empty "${DPKG_ROOT:-}/etc/icmpstream"
fi
if [ -z "${DPKG_ROOT:-}" ] && [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
POSTRM
chmod 755 "$tree/DEBIAN/postinst" "$tree/DEBIAN/prerm" "$tree/DEBIAN/postrm"

mkdir -p "$output"
dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$package" >/dev/null
echo "package: $package"
