# shellcheck shell=bash
# Functions shared by the set-up scripts; sourced, never run. All of them speak line by line and do nothing twice.

say() { printf 'setup: %s\n' "$*"; }

die() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# install_packages PACKAGE...: installs those of the named Debian packages that are missing.
install_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  if [ "${ICMPSTREAM_SKIP_SETUP:-0}" = 1 ]; then
    say "not installing ${missing[*]}: ICMPSTREAM_SKIP_SETUP=1"
    return 0
  fi

  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "these packages are missing and there is no sudo; as root, run: apt-get install ${missing[*]}"
    sudo=(sudo)
  fi

  say "installing ${missing[*]}"
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  local log
  log=$(mktemp)
  # The package lists are refreshed only when what they say does not serve: that takes longer than most installs.
  if ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    say "the package lists are missing or old: apt-get update"
    "${apt[@]}" update >>"$log" 2>&1 || true
    if ! "${apt[@]}" install --yes --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
      tail -n 20 "$log" >&2
      rm -f "$log"
      die "apt-get could not install ${missing[*]} (its last lines are above)"
    fi
  fi
  rm -f "$log"
}
