#!/bin/sh
# Installs naqd from this folder: copies bin/ and share/ below PREFIX, and does nothing else. Nothing is downloaded, started or changed
# elsewhere. Files of an earlier version are replaced, also while it runs.
#
#     ./install.sh [PREFIX]        [default: /usr/local for root, ~/.local for others]
set -eu

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

default=/usr/local
[ "$(id -u)" -eq 0 ] || default=${HOME:?is not set: name a folder}/.local
prefix=${1-$default}
if [ $# -gt 1 ] || [ -z "$prefix" ] || [ "${prefix#-}" != "$prefix" ]; then
    fail "expected at most one folder: ./install.sh [PREFIX]"
fi
case $prefix in
    /*) ;;
    *) prefix=$PWD/$prefix ;;
esac
cd "$(dirname "$(readlink -f "$0")")"

# What is damaged or cannot run here is not installed.
sha256sum --check --status files.sha256 2>/dev/null || fail "the archive is damaged: get it again, and unpack it into an empty folder"
./bin/naqd-score --version >/dev/null || fail "the programs do not run here: they need Linux on x86-64 with glibc 2.31 or later"

while read -r _ file; do
    case $file in
        bin/*) mode=755 ;;
        share/*) mode=644 ;;
        *) continue ;;
    esac
    # Removes an old file, or a link in its place, before it writes.
    install -D -T -m "$mode" "$file" "$prefix/$file" || fail "cannot write to $prefix: name another folder, ./install.sh PREFIX"
done <files.sha256

echo "installed into $prefix: $(echo bin/*)"
case :$PATH: in
    *":$prefix/bin:"*) ;;
    *) echo "add $prefix/bin to PATH to call them by their names" ;;
esac
