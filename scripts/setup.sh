#!/bin/sh
# Installs the dependencies when node_modules does not match the lock file; otherwise costs a comparison of two files.
set -eu
cd "$(dirname "$0")/.."
if cmp -s package-lock.json node_modules/.installed-lock.json; then
  exit 0
fi
echo "Installing dependencies (package-lock.json has changed) ..." >&2
npm ci --no-fund --no-audit --loglevel=error >&2
cp package-lock.json node_modules/.installed-lock.json
