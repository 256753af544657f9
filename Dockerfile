# One image for every part of the stack: Airflow's servers, the tasks and the MLflow server. dags/, plugins/ and include/ are
# inside, and nothing is mounted over them.
#
# The slim base holds Airflow and no providers: what this project needs is in requirements.txt, resolved together.
FROM apache/airflow:slim-3.3.2-python3.12 AS base

USER root
# git: the data registry is a git repository. The folders give new volumes their owner.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner airflow --group 0 /srv/mlops/login /srv/mlops/registry /srv/mlops/source
USER airflow

# What every model version and every MLflow run says about the code it came from. Git itself says it, of exactly what is copied
# below: the commit, marked as dirty where a file differs from it. No variable can say otherwise.
FROM base AS version
WORKDIR /tmp/source
COPY --chown=airflow:0 . .
RUN test -d .git || { echo 'Build from a git clone: an image has to know its commit, and here is no .git folder.'; exit 1; }; \
    git config --global safe.directory /tmp/source \
    && git read-tree HEAD \
    && changed=$(git status --porcelain --untracked-files=all -- airflow_settings.yaml bin config constraints.txt dags include plugins \
    requirements.txt) \
    && echo "$(git describe --always --abbrev=40)${changed:+-dirty}" > /tmp/CODE_VERSION \
    && cat /tmp/CODE_VERSION

FROM base AS packages
WORKDIR /opt/mlops
COPY --chown=airflow:0 requirements.txt constraints.txt ./
RUN pip install --no-cache-dir -r requirements.txt

# What `make sbom` takes out: every package of the image, in CycloneDX. What lists them is not among them.
FROM packages AS listed
RUN python -m venv /tmp/cyclonedx \
    && /tmp/cyclonedx/bin/pip install --no-cache-dir --quiet --constraint constraints.txt cyclonedx-bom \
    && /tmp/cyclonedx/bin/cyclonedx-py environment --output-reproducible --output-file /tmp/sbom.cdx.json "$(command -v python)"

FROM scratch AS sbom
COPY --from=listed /tmp/sbom.cdx.json /

FROM packages
COPY --chown=airflow:0 bin bin
COPY --chown=airflow:0 airflow_settings.yaml ./
COPY --chown=airflow:0 include include
COPY --chown=airflow:0 plugins plugins
COPY --chown=airflow:0 config config
COPY --chown=airflow:0 dags dags

ENV PYTHONPATH=/opt/mlops:/opt/mlops/plugins:/opt/mlops/config \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/mlops/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/mlops/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=true

COPY --from=version --chown=airflow:0 /tmp/CODE_VERSION CODE_VERSION
