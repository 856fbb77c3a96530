#!/usr/bin/env bash
# native-libraries.sh INTO RUNTIME LIBRARY...: copies shared libraries, and all that they are linked to, into the tree INTO, in the folders where the loader looks; what
# the tree RUNTIME has already is left out. A LIBRARY is a path, or a name that the loader knows; of a path only what it is linked to is copied.
set -euo pipefail

into=$1 runtime=$2
shift 2

copy() {
  local path
  # Where /lib is a link to /usr/lib the file is put where it really is: a copied folder must not take the link's place.
  path=$(realpath "$(dirname "$1")")/$(basename "$1")
  if [ -e "$runtime$path" ] || [ -e "$into$path" ]; then return; fi
  install -D --mode 644 "$1" "$into$path"
}

mkdir -p "$into"
for library in "$@"; do
  path=$library
  if [ "${library#/}" = "$library" ]; then
    path=$(ldconfig -p | awk -v name="$library" '$1 == name { print $NF; exit }')
    [ -n "$path" ] || { echo "native-libraries: $library is not installed" >&2; exit 1; }
    copy "$path"
  fi
  linked=$(ldd "$path")
  if grep 'not found' <<<"$linked" >&2; then exit 1; fi
  while read -r found; do copy "$found"; done < <(awk '$2 == "=>" { print $3 }' <<<"$linked")
done
