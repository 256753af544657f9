#!/usr/bin/env bash
# The whole stack once, as `docker compose up` starts it: passwords of its own, ports of its own, a champion, and nothing left behind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

export COMPOSE_PROJECT_NAME=mlops-smoke
secrets=$(mktemp)
cleanup() {
  ended=$?
  if [ "$ended" -ne 0 ]; then docker compose --env-file "$secrets" logs --tail 100 || true; fi
  docker compose --env-file "$secrets" down --volumes --timeout 20 || true
  rm -f "$secrets"
  exit "$ended"
}
trap cleanup EXIT

sed -nE 's/^([A-Z0-9_]+)= +# (.+)$/echo "\1=$(\2)"/p' .env.example | bash > "$secrets"
sed -i -E 's/^([A-Z_]*PORT)=.*/\1=0/' "$secrets" # any free port

docker compose --env-file "$secrets" up --detach --wait --wait-timeout 900
docker compose --env-file "$secrets" exec -T airflow-scheduler bin/mlops check
docker compose --env-file "$secrets" exec -T airflow-scheduler bin/mlops train credit_risk --as-of 2005-05-31
docker compose --env-file "$secrets" exec -T airflow-scheduler bin/mlops status credit_risk
