#!/bin/sh
# Plays random schedules over the whole operator: npm run test:chaos -- [--runs N] [--seed N] [--moves NAME,...] [--groups] [--purges] [--rules] [--fresh]
# --moves: events that happen five times as often as they would (test/support/chaos-events.ts). --groups: every world has groups that are projected.
# --purges: in every world accounts are purged after the source.
# --rules: in every world what configuration and pair allow changes.
# --fresh: those that have failed once (test/support/chaos-found.ts) are left out.
set -eu
cd "$(dirname "$0")/.."
usage() {
  echo "usage: npm run test:chaos -- [--runs N] [--seed N] [--moves NAME,...] [--groups] [--purges] [--rules] [--fresh]" >&2
  exit 2
}
TENANTSYNC_CHAOS_RUNS=200
only='.'
while [ $# -gt 0 ]; do
  case "$1" in
    --runs) TENANTSYNC_CHAOS_RUNS="${2:-}" ;;
    --seed) TENANTSYNC_CHAOS_SEED="${2:-}" && export TENANTSYNC_CHAOS_SEED ;;
    --groups)
      TENANTSYNC_CHAOS_GROUPS=always && export TENANTSYNC_CHAOS_GROUPS
      shift
      continue
      ;;
    --purges)
      TENANTSYNC_CHAOS_PURGES=always && export TENANTSYNC_CHAOS_PURGES
      shift
      continue
      ;;
    --rules)
      TENANTSYNC_CHAOS_RULES=always && export TENANTSYNC_CHAOS_RULES
      shift
      continue
      ;;
    --fresh)
      only='hold whatever happens'
      shift
      continue
      ;;
    --moves)
      TENANTSYNC_CHAOS_MOVES="${2:-}" && export TENANTSYNC_CHAOS_MOVES
      case "${2:-}" in '' | *[!A-Za-z,]*) usage ;; esac
      shift 2
      continue
      ;;
    *) usage ;;
  esac
  case "${2:-}" in
    '' | *[!0-9]*) usage ;;
  esac
  shift 2
done
export TENANTSYNC_CHAOS_RUNS
sh scripts/setup.sh
exec npm run -s jest -- test/behaviour/chaos.test.ts -t "$only"
