"""Object keys: where each thing lies in the object store, derived from what it is."""

from __future__ import annotations

VIEWS = "_views"
"""What stands in the data registry and the object store in place of a model's name; none is called so."""


def manifest(model: str, digest: str) -> str:
    """Return the key of the manifest: the snapshots that a run uses."""
    return f"models/{model}/manifests/{digest[:24]}.json"


def delivery(model: str, table: str, partition: str, source_sha256: str, schema_digest: str) -> str:
    """Return the key of what is known of a delivery: one per digest of its bytes and column types."""
    return f"models/{model}/deliveries/{table}/{partition}/{source_sha256[:32]}-{schema_digest[:16]}.json"


def query_notes(model: str, table: str, digest: str) -> str:
    """Return the key of what is known of a table's query: one per query and how it is cut."""
    return f"models/{model}/queries/{table}-{digest[:32]}.json"


def index_notes(model: str, table: str, digest: str) -> str:
    """Return the key of what is known of the files of a table that holds all partitions."""
    return f"models/{model}/indexes/{table}-{digest[:32]}.json"


def join(model: str, partition: str, source_sha256: str) -> str:
    """Return the key of what a delivery of features was joined with: one per digest of all that went in."""
    return f"models/{model}/joins/{partition}/{source_sha256[:32]}.json"


def joins_folder(model: str) -> str:
    """Return the folder of all that a model's deliveries of features were joined with."""
    return f"models/{model}/joins"


def validation(model: str, md5: str, contract_digest: str, config_digest: str) -> str:
    """Return the key of a validation report, without its ending: one per content, contract and columns."""
    return f"models/{model}/validation/{md5}/{contract_digest[:16]}-{config_digest[:16]}"


def quarantine(model: str, md5: str) -> str:
    """Return the key of the record that keeps a snapshot from being used."""
    return f"models/{model}/quarantine/{md5}.json"


def release(model: str, md5: str) -> str:
    """Return the key of the record that somebody released a snapshot from quarantine."""
    return f"models/{model}/released/{md5}.json"


def alert(model: str, cause: str, *, event: bool = False) -> str:
    """Return the key of an open alert; those of events lie apart, since they are never resolved."""
    return f"models/{model}/alerts/{'events/' if event else ''}{cause}.json"


def dataset(model: str, as_of: str, manifest_digest: str, config_digest: str) -> str:
    """Return the folder of a prepared dataset: one per date, data and configuration."""
    return f"models/{model}/datasets/{as_of}-{manifest_digest[:16]}-{config_digest[:16]}"


def evaluation(model: str, run_id: str) -> str:
    """Return the folder of an evaluation, next to the MLflow run of the candidate."""
    return f"models/{model}/evaluations/{run_id}"


def predictions_folder(model: str) -> str:
    """Return the folder of all predictions of a model, with a folder for each delivery."""
    return f"models/{model}/predictions"


def predictions(model: str, partition: str, version: str, md5: str) -> str:
    """Return the key of predictions: one file for each version and content, which never changes."""
    return f"models/{model}/predictions/{partition}/v{version}-{md5[:16]}.parquet"


def sampled_predictions(model: str, partition: str, version: str, md5: str) -> str:
    """Return the key of a shadow's predictions about a sample of a large delivery, which never change."""
    return f"models/{model}/predictions/{partition}/v{version}-{md5[:16]}-sample.parquet"


def shadow_attempt(model: str, partition: str, version: str, md5: str) -> str:
    """Return the key of the mark that a shadow is scoring a delivery; it is removed when it ends."""
    return f"models/{model}/probation/attempts/{partition}/v{version}-{md5[:16]}.json"


def paired_delivery(model: str, promotion: str, partition: str) -> str:
    """Return the key of what two versions showed on a delivery: one for each promotion."""
    return f"models/{model}/probation/{promotion}/{partition}.json"


def paired_deliveries(model: str, promotion: str) -> str:
    """Return the pattern of what two versions showed on all deliveries of a promotion."""
    return paired_delivery(model, promotion, "*")


def all_predictions(model: str, partition: str) -> str:
    """Return the pattern of all predictions of one delivery, whichever version made them."""
    return predictions(model, partition, "*", "*")


def monitoring(model: str, partition: str, version: str, md5: str) -> str:
    """Return the folder of what was found when a delivery was watched: one for each version and content."""
    return f"models/{model}/monitoring/{partition}/v{version}-{md5[:16]}"


def computed(model: str, key: str) -> str:
    """Return the key of what was computed from inputs of a digest, which never changes."""
    return f"models/{model}/monitoring/computed/{key[:32]}.json"


def watch_report(model: str, as_of: str) -> str:
    """Return the key of the page on one day of monitoring."""
    return f"models/{model}/monitoring/reports/{as_of}.html"


def watch_record(model: str, as_of: str) -> str:
    """Return the key of the record of one day of monitoring, beside its page."""
    return f"models/{model}/monitoring/reports/{as_of}.json"


def exams(model: str, life: str) -> str:
    """Return the folder of the exams of a champion's life: its version, and the decision that made it so."""
    return f"models/{model}/exams/{life}"


def exam(model: str, life: str, run_id: str) -> str:
    """Return the key of an exam: one for each champion's life and candidate, which never changes."""
    return f"{exams(model, life)}/{run_id}.json"


def by_hand_run(model: str, run_id: str) -> str:
    """Return the key of what the tasks of a run by hand have handed on so far."""
    return f"models/{model}/by_hand/runs/{run_id}.json"


def by_hand_locks(model: str) -> str:
    """Return the folder of those who have held the lock on work by hand."""
    return f"models/{model}/by_hand/lock"


def by_hand_lock(model: str, number: int) -> str:
    """Return the key of one of them; the highest number says who works by hand right now."""
    return f"{by_hand_locks(model)}/{number:09}.json"
