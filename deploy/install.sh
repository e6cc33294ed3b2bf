#!/bin/sh
# Installs naqd from this folder: copies bin/ and share/ below PREFIX, and does nothing else. Nothing is downloaded, started or changed
# elsewhere.
#
#   ./install.sh [PREFIX]        [default: /usr/local for root, $HOME/.local for others]
set -eu
cd "$(dirname "$0")"

if [ $# -gt 1 ]; then
    echo "install.sh: expected at most one folder" >&2
    exit 2
fi
default=/usr/local
[ "$(id -u)" -eq 0 ] || default=$HOME/.local
prefix=${1:-$default}

# A program that cannot run here is not installed.
if ! ./bin/naqd-score --version >/dev/null; then
    echo "install.sh: the programs do not run on this machine: they need Linux on x86-64 with glibc 2.31 or later" >&2
    exit 1
fi
mkdir -p "$prefix"
cp -R bin share "$prefix/"
echo "installed to $prefix: $(cd bin && echo *)"
case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) echo "add $prefix/bin to PATH to call them by their names" ;;
esac
