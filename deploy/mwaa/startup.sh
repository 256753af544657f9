#!/bin/sh
# Run by MWAA before Airflow starts, on each scheduler, worker and web server. It can't set PYTHONPATH, which MWAA keeps for itself;
# nothing here needs it: plugins.zip holds include/ beside mlops/, and Airflow puts plugins/ on sys.path.
export MLFLOW_DISABLE_TELEMETRY=true
export DO_NOT_TRACK=true
export GX_ANALYTICS_ENABLED=false

# The data registry is a git repository.
if ! command -v git >/dev/null; then
    sudo dnf install --assumeyes --quiet git || echo "git is missing and could not be installed: tasks that version data will fail"
fi
