# shellcheck shell=bash disable=SC2034
# What the package is made of; sourced by build-package.sh. It is part of the cache's key: a change here builds anew.

version=2.15.1
# The npm client of the same vendor carries the complete librdkafka release that it is built with.
tarball_name=kafka-javascript-1.10.1.tgz
npm_spec=@confluentinc/kafka-javascript@1.10.1
tarball_sha512=29578f5019f6d44a8254ff667f1cc4b8cdd26091c7105ed7fa2882d9ee374108034b211a92c2279821a8a13df0e6af9c340764482acaef58f42027eaa12a992f

# What the compiled library links to. The -dev names, because the run-time names change from release to release.
library_packages=(libssl-dev zlib1g-dev libzstd-dev libcurl4-openssl-dev)
build_packages=(gcc g++ make pkg-config python3-minimal curl ca-certificates)

compile() {
  local work=$1 source=$1/package/deps/librdkafka
  tar -xzf "$work/source.tgz" -C "$work" package/deps/librdkafka
  # LZ4 and Snappy are the copies in librdkafka's own tree. Kerberos is left out, as in the vendor's portable Linux build.
  (cd "$source" && ./configure --disable-gssapi --disable-lz4-ext --disable-debug-symbols &&
    make -C src -j"$(nproc)" librdkafka.so.1) >"$work/build.log" 2>&1 || {
    tail -n 30 "$work/build.log" >&2
    die "librdkafka did not compile (its last lines are above)"
  }
  local part
  for part in SSL ZLIB ZSTD CURL SASL_SCRAM SASL_OAUTHBEARER; do
    grep -q "^#define WITH_$part 1" "$source/config.h" || die "librdkafka was configured without $part"
  done
  mkdir -p "$work/staging"
  strip --strip-unneeded -o "$work/staging/librdkafka.so" "$source/src/librdkafka.so.1"
  cp "$source/LICENSES.txt" "$work/staging/"
}
