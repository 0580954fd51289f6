#!/bin/sh
# Installs the Debian packages named as arguments that are not there yet; if it may not, says what to type.
set -eu
missing=""
for package in "$@"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "Norma needs the equivalents of these Debian 12 packages:$missing" >&2
  exit 1
fi
if [ "$(id -u)" = 0 ]; then run=""
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then run="sudo -n"
else
  echo "Norma needs some packages. Please type:  sudo apt-get install -y$missing" >&2
  exit 1
fi
echo "Installing:$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { $run env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing ||
       { $run apt-get update && $run env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; }
     } >"$log" 2>&1; then
  tail -n 5 "$log" >&2
  echo "The packages could not be installed. Please try:  apt-get update && apt-get install -y$missing" >&2
  exit 1
fi
