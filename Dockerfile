# One image for every part of the stack: Airflow's servers, the tasks and the MLflow server. Its tag is the version of the code,
# because dags/, plugins/ and include/ are inside and nothing is mounted over them.
#
# The slim base holds Airflow and no providers: what this project needs is in requirements.txt, resolved together.
FROM apache/airflow:slim-3.3.2-python3.12

USER root
# git: the data registry is a git repository. The folders give new volumes their owner.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner airflow --group 0 /srv/mlops/login /srv/mlops/registry /srv/mlops/source
USER airflow

WORKDIR /opt/mlops
COPY --chown=airflow:0 requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY --chown=airflow:0 bin bin
COPY --chown=airflow:0 airflow_settings.yaml ./
COPY --chown=airflow:0 include include
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 dags dags

ENV PYTHONPATH=/opt/mlops:/opt/mlops/plugins \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/mlops/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/mlops/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=true

# What every model version and every MLflow run says about the code it came from: a git commit or a tag.
ARG MLOPS_VERSION
RUN test -n "$MLOPS_VERSION" || { echo 'Pass --build-arg MLOPS_VERSION="$(git describe --always --dirty --abbrev=40)"'; exit 1; }
ENV MLOPS_VERSION=$MLOPS_VERSION
