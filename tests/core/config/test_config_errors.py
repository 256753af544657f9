"""Each configuration error that a team can make in model.yaml, and the one line it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.core


# what is replaced, by what, and line and key of the error; a snapshot has its message
ISSUES = {
    "unknown key": (
        "owner: lending",
        "owner: lending\nowners: [a]",
        "4: owners",
    ),
    "weight that is a feature": (
        "sensitive:\n",
        "weight: {column: age}\nsensitive:\n",
        "23: features.numeric[1]",
    ),
    "weight without a column": ("sensitive:\n", "weight: {}\nsensitive:\n", "25: weight.column"),
    "weight of a number": ("sensitive:\n", "weight: 2\nsensitive:\n", "25: weight"),
    "weight that is the target": (
        "sensitive:\n",
        "weight: {column: lost}\nsensitive:\n",
        "25: weight.column",
    ),
    "weight with a name of ours": (
        "sensitive:\n",
        "weight: {column: mlops_weight}\nsensitive:\n",
        "25: weight.column",
    ),
    "row key without a type": ("sensitive:\n", "row: {key: payment}\nsensitive:\n", "25: row.type"),
    "row key that is the time": (
        "sensitive:\n",
        "row: {key: as_of, type: integer}\nsensitive:\n",
        "18: time.column",
    ),
    "row key that is a feature": (
        "sensitive:\n",
        "row: {key: age, type: integer}\nsensitive:\n",
        "23: features.numeric[1]",
    ),
    "row key of an unknown type": (
        "sensitive:\n",
        "row: {key: payment, type: float}\nsensitive:\n",
        "25: row.type",
    ),
    "time of an unknown type": (
        "time:\n  column: as_of\n",
        "time: {column: as_of, type: datetime}\n",
        "17: time.type",
    ),
    "time zone that there is not": (
        "time:\n  column: as_of\n",
        "time: {column: as_of, type: timestamp, timezone: Europe/Berln}\n",
        "17: time.timezone",
    ),
    "deliveries of an unknown span": (
        "time:\n  column: as_of\n",
        "time: {column: as_of, every: quarter}\n",
        "17: time.every",
    ),
    "unknown nested key": (
        "max_drop: 0.02",
        "max_drop: 0.02\n    max_drp: 1",
        "52: gate.slices.max_drp",
    ),
    "unknown key under a column": (
        "sex: {}",
        "sex: {band: [1]}",
        "26: sensitive.sex.band",
    ),
    "key typed wrongly": (
        "owner: lending",
        "ownr: lending",
        "3: ownr",
    ),
    "a loss that no AUC can have": (
        "alerts:\n",
        "probation: {max_loss: 1.0}\nalerts:\n",
        "55: probation.max_loss",
    ),
    "nothing for probation": ("alerts:\n", "probation:\nalerts:\n", "55: probation"),
    "a word for probation": ("alerts:\n", "probation: on\nalerts:\n", "55: probation"),
    "probation with a key typed wrongly": (
        "alerts:\n",
        "probation: {delivries: 6}\nalerts:\n",
        "55: probation.delivries",
    ),
    "unknown way to roll back": (
        "alerts:\n",
        "probation: {rollback: auto}\nalerts:\n",
        "55: probation.rollback",
    ),
    "probation without a look": (
        "alerts:\n",
        "probation: {deliveries: 0}\nalerts:\n",
        "55: probation.deliveries",
    ),
    "probation for ever": (
        "alerts:\n",
        "probation: {deliveries: 1000}\nalerts:\n",
        "55: probation.deliveries",
    ),
    "a gain asked of probation": (
        "alerts:\n",
        "probation: {max_loss: -0.01}\nalerts:\n",
        "55: probation.max_loss",
    ),
    "a shadow of a handful of rows": (
        "alerts:\n",
        "probation: {rows: 10}\nalerts:\n",
        "55: probation.rows",
    ),
    "missing key": ("owner: lending\n", "", " owner"),
    "missing nested key": ("  seed: 7\n", "", "31: split.seed"),
    "missing section": (
        "time:\n  column: as_of\n",
        "",
        " time",
    ),
    "missing primary": ("  primary: roc_auc\n", "", "41: gate.primary"),
    "key that is not text": (
        "owner: lending",
        "owner: lending\n5: x",
        "4: 5",
    ),
    "text for a number": (
        "partitions: 6",
        "partitions: six",
        "29: window.partitions",
    ),
    "fraction for a count": (
        "partitions: 6",
        "partitions: 6.5",
        "29: window.partitions",
    ),
    "number in quotes": (
        "confidence: 0.95",
        'confidence: "0.95"',
        "47: gate.confidence",
    ),
    "exponent that YAML reads as text": (
        "1.0e-9",
        "1e-9",
        "54: reproducibility_check.tolerance",
    ),
    "boolean for text": (
        "owner: lending",
        "owner: no",
        "3: owner",
    ),
    "number for a column": (
        "[amount, age]",
        "[amount, age, 5]",
        "23: features.numeric[2]",
    ),
    "text for a boolean": (
        "out_of_time: true",
        "out_of_time: newest",
        "33: split.out_of_time",
    ),
    "text for a list": ("tags: [credit]", "tags: credit", "4: tags"),
    "list for a section": (
        "time:\n  column: as_of",
        "time: [as_of]",
        "17: time",
    ),
    "nothing for a section": (
        "reproducibility_check:\n  rows: 50\n  tolerance: 1.0e-9",
        "reproducibility_check:",
        "52: reproducibility_check",
    ),
    "nothing for a sensitive attribute": (
        "sex: {}",
        "sex:",
        "26: sensitive.sex",
    ),
    "empty text": ("owner: lending", 'owner: ""', "3: owner"),
    "blank around a column": (
        "column: loan_id",
        'column: " loan_id"',
        "15: entity.column",
    ),
    "unknown choice": (
        "type: integer",
        "type: int",
        "16: entity.type",
    ),
    "unknown format": (
        "accounts.csv\n    format: csv",
        "accounts.csv\n    format: parqet",
        "10: source.features.format",
    ),
    "unknown alert": (
        "kind: log",
        "kind: slak",
        "56: alerts[0].kind",
    ),
    "alert of a kind that is not text": (
        "kind: log",
        "kind: 5",
        "56: alerts[0].kind",
    ),
    "alert without a kind": (
        "- kind: log",
        "- {}",
        "56: alerts[0].kind",
    ),
    "kind typed wrongly": (
        "kind: log",
        "knd: log",
        "56: alerts[0].knd",
    ),
    "alert that is not a mapping": (
        "- kind: log",
        "- log",
        "56: alerts[0]",
    ),
    "alert with a key typed wrongly": (
        "- kind: log",
        "- {kind: smtp, too: [ops@example.com]}",
        "56: alerts[0].too",
    ),
    "alert with a key of another kind": (
        "- kind: log",
        "- {kind: slack, to: [ops@example.com]}",
        "56: alerts[0].to",
    ),
    "mail to nobody": (
        "- kind: log",
        "- {kind: smtp, to: []}",
        "56: alerts[0].to",
    ),
    "mail to a number": (
        "- kind: log",
        "- {kind: smtp, to: [ops@example.com, 5]}",
        "56: alerts[0].to[1]",
    ),
    "mail without an address": (
        "- kind: log",
        "- {kind: smtp}",
        "56: alerts[0].to",
    ),
    "topic that is not an ARN": (
        "- kind: log",
        "- {kind: sns, topic: alerts}",
        "56: alerts[0].topic",
    ),
    "unknown approval": (
        "alerts:\n",
        "approval: require\nalerts:\n",
        "55: approval",
    ),
    "share above one": (
        "alerts:\n",
        "monitoring: {drift: {missing_share: 2}}\nalerts:\n",
        "55: monitoring.drift.missing_share",
    ),
    "more breaches than windows": (
        "alerts:\n",
        "monitoring: {policy: {windows: 2, breaches: 3}}\nalerts:\n",
        "55: monitoring.policy.breaches",
    ),
    "more breaches than windows by default": (
        "alerts:\n",
        "monitoring: {policy: {breaches: 4}}\nalerts:\n",
        "55: monitoring.policy.breaches",
    ),
    "rule of the watchdog that is none": (
        "alerts:\n",
        "monitoring: {watchdog: {ignore: [delivery is late]}}\nalerts:\n",
        "55: monitoring.watchdog.ignore[0]",
    ),
    "DAG that is none": (
        "alerts:\n",
        "monitoring: {watchdog: {may_be_paused: [train]}}\nalerts:\n",
        "55: monitoring.watchdog.may_be_paused[0]",
    ),
    "watchdog with an unknown key": (
        "alerts:\n",
        "monitoring: {watchdog: {run_lat: 3}}\nalerts:\n",
        "55: monitoring.watchdog.run_lat",
    ),
    "watchdog without patience": (
        "alerts:\n",
        "monitoring: {watchdog: {run_late: 0}}\nalerts:\n",
        "55: monitoring.watchdog.run_late",
    ),
    "watchdog that is empty": ("alerts:\n", "monitoring: {watchdog: }\nalerts:\n", "55: monitoring.watchdog"),
    "age of no days": (
        "alerts:\n",
        "monitoring: {policy: {max_age_days: 0}}\nalerts:\n",
        "55: monitoring.policy.max_age_days",
    ),
    "no alert": (
        "alerts:\n  - kind: log",
        "alerts: []",
        "55: alerts",
    ),
    "name that is not an identifier": (
        "name: loans",
        "name: Loans-1",
        "1: name",
    ),
    "name of another folder": (
        "name: loans",
        "name: cards",
        "1: name",
    ),
    "connection with a blank": (
        "loans_source",
        "loans source",
        "7: source.connection",
    ),
    "unknown preset": (
        "@daily",
        "@dialy",
        "5: schedule",
    ),
    "on arrival, written otherwise": (
        '"@daily"',
        "on-arrival",
        "5: schedule",
    ),
    "cron of four fields": (
        "@daily",
        "0 5 * *",
        "5: schedule",
    ),
    "cron out of range": (
        "@daily",
        "0 25 * * *",
        "5: schedule",
    ),
    "cron of a date that never comes": (
        "@daily",
        "0 0 31 4 *",
        "5: schedule",
    ),
    "tag of 101 characters": (
        "[credit]",
        f"[{'t' * 101}]",
        "4: tags[0]",
    ),
    "51 tags": (
        "[credit]",
        f"[{', '.join(f't{number}' for number in range(51))}]",
        "4: tags",
    ),
    "tag with a line end": (
        "[credit]",
        '["a\\nb"]',
        "4: tags[0]",
    ),
    "owner of 101 characters": (
        "owner: lending",
        f"owner: {'o' * 101}",
        "3: owner",
    ),
    "a character that no database takes": (
        "description: Will a loan be paid back?",
        'description: "a\\0b"',
        "2: description",
    ),
    "a number of thousands of digits": (
        "test_share: 0.25",
        f"test_share: 0x{'f' * 5000}",
        "32: split.test_share",
    ),
    "a whole number of thousands of digits": (
        "min_rows: 1000",
        f"min_rows: 0x{'f' * 5000}",
        "30: window.min_rows",
    ),
    "a delay of centuries": (
        "delay_days: 31",
        "delay_days: 3100000",
        "21: target.delay_days",
    ),
    "partition missing in a uri": (
        "as_of={partition}",
        "as_of=all",
        "9: source.features.uri",
    ),
    "partition twice in a uri": (
        "as_of={partition}/accounts.csv",
        "as_of={partition}/{partition}.csv",
        "9: source.features.uri",
    ),
    "another placeholder in a uri": (
        "as_of={partition}/accounts.csv",
        "as_of={partition}/{table}.csv",
        "9: source.features.uri",
    ),
    "a key of Hive alone in a uri": (
        "as_of={partition}",
        "year={year}",
        "9: source.features.uri",
    ),
    "a key of Hive twice in a uri": (
        "as_of={partition}/accounts.csv",
        "year={year}/month={month}/{month}.csv",
        "9: source.features.uri",
    ),
    "a key of Hive beside the partition in a uri": (
        "as_of={partition}",
        "year={year}/month={month}/as_of={partition}",
        "9: source.features.uri",
    ),
    "scheme without slashes": (
        "accounts/as_of={partition}",
        "s3:/bucket/as_of={partition}",
        "9: source.features.uri",
    ),
    "credentials in a uri": (
        "accounts/as_of={partition}",
        "s3://me:s3cret@bucket/as_of={partition}",
        "9: source.features.uri",
    ),
    "a star above the partition": (
        "accounts/as_of={partition}/accounts.csv",
        "a*/as_of={partition}/accounts.csv",
        "9: source.features.uri",
    ),
    "an empty name in a uri": (
        "accounts/as_of={partition}/accounts.csv",
        "accounts//as_of={partition}/accounts.csv",
        "9: source.features.uri",
    ),
    "one uri for both tables": (
        "labels/known_on={partition}/labels.csv",
        "accounts/as_of={partition}/accounts.csv",
        "12: source.labels.uri",
    ),
    "a table from nowhere": (
        "    uri: accounts/as_of={partition}/accounts.csv\n    format: csv\n",
        "    connection: elsewhere\n",
        "8: source.features.uri",
    ),
    "a file of unknown format": (
        "accounts.csv\n    format: csv\n",
        "accounts.csv\n",
        "8: source.features.format",
    ),
    "a time limit for files": (
        "accounts.csv\n",
        "accounts.csv\n    timeout_seconds: 60\n",
        "10: source.features.timeout_seconds",
    ),
    "a time zone without a partition_by": (
        "accounts.csv\n",
        "accounts.csv\n    timezone: Europe/Prague\n",
        "10: source.features.timezone",
    ),
    "a horizon without an event": (
        "  delay_days: 31\n",
        "  delay_days: 31\n  horizon_days: 90\n",
        "22: target.horizon_days",
    ),
    "an event without its horizon": ("  column: lost\n", "  event: lost_on\n", "19: target.horizon_days"),
    "a horizon of no day": (
        "  column: lost\n",
        "  event: lost_on\n  horizon_days: 0\n",
        "21: target.horizon_days",
    ),
    "a horizon in words": (
        "  column: lost\n",
        "  event: lost_on\n  horizon_days: 90 days\n",
        "21: target.horizon_days",
    ),
    "an event besides a target": (
        "  column: lost\n",
        "  column: lost\n  event: lost_on\n  horizon_days: 90\n",
        "20: target.column",
    ),
    "an event that is a feature": (
        "column: lost\n",
        "event: amount\n  horizon_days: 90\n",
        "24: features.numeric[0]",
    ),
    "known_on besides an event": (
        "labels.csv\n    format: csv\nentity:\n  column: loan_id\n  type: integer\ntime:\n  column: as_of\n"
        "target:\n  column: lost\n",
        "labels.csv\n    format: csv\n    known_on: decided_on\nentity:\n  column: loan_id\n  type: integer\n"
        "time:\n  column: as_of\ntarget:\n  event: lost_on\n  horizon_days: 90\n",
        "14: source.labels.known_on",
    ),
    "known_on that is the target": (
        "labels.csv\n    format: csv\n",
        "labels.csv\n    format: csv\n    known_on: lost\n",
        "14: source.labels.known_on",
    ),
    "known_on of the features": (
        "accounts.csv\n    format: csv\n",
        "accounts.csv\n    format: csv\n    known_on: decided_on\n",
        "11: source.features.known_on",
    ),
    "target that is the entity": (
        "column: lost",
        "column: loan_id",
        "20: target.column",
    ),
    "feature that is the target": (
        "[amount, age]",
        "[amount, age, lost]",
        "23: features.numeric[2]",
    ),
    "feature that is the entity": (
        "[sex, region]",
        "[loan_id, sex, region]",
        "24: features.categorical[0]",
    ),
    "feature that is the time": (
        "[sex, region]",
        "[sex, as_of, region]",
        "24: features.categorical[1]",
    ),
    "feature twice": (
        "[amount, age]",
        "[amount, age, amount]",
        "23: features.numeric[2]",
    ),
    "entity with a name that is kept": (
        "column: loan_id",
        "column: mlops_score",
        "15: entity.column",
    ),
    "feature with a name that is kept": (
        "[sex, region]",
        "[sex, MLOPS_region]",
        "24: features.categorical[1]",
    ),
    "feature of both types": (
        "[sex, region]",
        "[sex, region, age]",
        "24: features.categorical[2]",
    ),
    "sensitive attribute that is not a feature": (
        "sex: {}",
        "gender: {}",
        "26: sensitive.gender",
    ),
    "sensitive attribute typed wrongly": (
        "sex: {}",
        "regoin: {}",
        "26: sensitive.regoin",
    ),
    "bands on a categorical column": (
        "sex: {}",
        "sex: {bands: [1]}",
        "26: sensitive.sex.bands",
    ),
    "bands that are one number when they are stored": (
        "age: {bands: [30, 50]}",
        "age: {bands: [9007199254740992, 9007199254740993]}",
        "27: sensitive.age.bands",
    ),
    "numeric sensitive attribute without bands": (
        "age: {bands: [30, 50]}",
        "age: {}",
        "27: sensitive.age",
    ),
    "bands that do not increase": (
        "[30, 50]",
        "[50, 50]",
        "27: sensitive.age.bands",
    ),
    "band that is not a number": (
        "[30, 50]",
        "[30, fifty]",
        "27: sensitive.age.bands[1]",
    ),
    "unknown statistic of drift": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {statistic: kss}}}\nalerts:\n",
        "55: monitoring.drift.numeric.statistic",
    ),
    "statistic of another kind of column": (
        "alerts:\n",
        "monitoring: {drift: {categorical: {statistic: wasserstein, threshold: 3}}}\nalerts:\n",
        "55: monitoring.drift.categorical.statistic",
    ),
    "statistic that every check takes by itself": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {statistic: missing_share}}}\nalerts:\n",
        "55: monitoring.drift.numeric.statistic",
    ),
    "drift of a column that is not a feature": (
        "alerts:\n",
        "monitoring: {drift: {columns: {agee: off}}}\nalerts:\n",
        "55: monitoring.drift.columns.agee",
    ),
    "drift of a column that is switched on": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: on}}}\nalerts:\n",
        "55: monitoring.drift.columns.age",
    ),
    "drift of a column that is left empty": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: }}}\nalerts:\n",
        "55: monitoring.drift.columns.age",
    ),
    "unknown key of a column's drift": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {treshold: 0.2}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.treshold",
    ),
    "threshold of a column in percent": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {threshold: 20}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.threshold",
    ),
    "statistic of a column of another kind": (
        "alerts:\n",
        "monitoring: {drift: {columns: {sex: {statistic: ks, threshold: 0.2}}}}\nalerts:\n",
        "55: monitoring.drift.columns.sex.statistic",
    ),
    "statistic of a column without its threshold": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {statistic: psi}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.statistic",
    ),
    "threshold of drift in percent": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {threshold: 10}}}\nalerts:\n",
        "55: monitoring.drift.numeric.threshold",
    ),
    "costs of one side only": (
        "primary: roc_auc",
        "primary: roc_auc\n  costs: {false_positive: 1}",
        "43: gate.costs.false_negative",
    ),
    "costs that are none": (
        "primary: roc_auc",
        "primary: roc_auc\n  costs: {false_positive: 0, false_negative: 5}",
        "43: gate.costs.false_positive",
    ),
    "expected cost without costs": (
        "roc_auc: 0.75",
        "roc_auc: 0.75\n    expected_cost: 0.3",
        "45: gate.floors.expected_cost",
    ),
    "floor on an unknown metric": (
        "roc_auc: 0.75",
        "roc_acu: 0.75",
        "44: gate.floors.roc_acu",
    ),
    "unknown primary metric": (
        "primary: roc_auc",
        "primary: f1",
        "42: gate.primary",
    ),
    "floor above the metric's range": (
        "roc_auc: 0.75",
        "roc_auc: 75",
        "44: gate.floors.roc_auc",
    ),
    "floor below the metric's range": (
        "log_loss: 0.4",
        "log_loss: -0.4",
        "45: gate.floors.log_loss",
    ),
    "floors without the primary metric": (
        "floors:\n    roc_auc: 0.75\n    log_loss: 0.4",
        "floors:\n    log_loss: 0.4",
        "43: gate.floors",
    ),
    "a primary metric that a constant does well in": (
        "primary: roc_auc",
        "primary: calibration_error",
        "42: gate.primary",
    ),
    "a floor on what decides nothing": (
        "log_loss: 0.4",
        "calibration_error: 0.02",
        "45: gate.floors.calibration_error",
    ),
    "no floors": (
        "floors:\n    roc_auc: 0.75\n    log_loss: 0.4",
        "floors: {}",
        "43: gate.floors",
    ),
    "share of nothing": (
        "test_share: 0.25",
        "test_share: 0.0",
        "32: split.test_share",
    ),
    "share of everything": (
        "test_share: 0.25",
        "test_share: 1",
        "32: split.test_share",
    ),
    "share that is not a number": (
        "test_share: 0.25",
        "test_share: .nan",
        "32: split.test_share",
    ),
    "more rotation than is of use": (
        "test_share: 0.25",
        "test_share: 0.25\n  rotation: 0.6",
        "33: split.rotation",
    ),
    "rotation backwards": (
        "test_share: 0.25",
        "test_share: 0.25\n  rotation: -0.1",
        "33: split.rotation",
    ),
    "groups of a column that is not a feature": (
        "alerts:\n",
        "monitoring: {slices: {income: {}}}\nalerts:\n",
        "55: monitoring.slices.income",
    ),
    "groups of a number without bands": (
        "alerts:\n",
        "monitoring: {slices: {amount: {}}}\nalerts:\n",
        "55: monitoring.slices.amount",
    ),
    "a sensitive column that is named again": (
        "alerts:\n",
        "monitoring: {slices: {sex: {}}}\nalerts:\n",
        "55: monitoring.slices.sex",
    ),
    "confidence in percent": (
        "confidence: 0.95",
        "confidence: 95",
        "47: gate.confidence",
    ),
    "confidence of chance": (
        "confidence: 0.95",
        "confidence: 0.5",
        "47: gate.confidence",
    ),
    "negative count": (
        "min_rows: 1000",
        "min_rows: -1",
        "30: window.min_rows",
    ),
    "negative delay": (
        "delay_days: 31",
        "delay_days: -31",
        "21: target.delay_days",
    ),
    "resamples, which have gone": (
        "min_positives: 40",
        "resamples: 200",
        "48: gate.resamples",
    ),
    "seed too large": (
        "seed: 7",
        "seed: 4294967296",
        "34: split.seed",
    ),
    "trusted type without its module": (
        "sklearn.tree._tree.Tree",
        "Tree",
        "40: estimator.trusted_types[0]",
    ),
    "trusted type that is a path": (
        "sklearn.tree._tree.Tree",
        "sklearn/tree",
        "40: estimator.trusted_types[0]",
    ),
    "a task that no DAG has": (
        "alerts:\n",
        "airflow: {tasks: {trian: {queue: large}}}\nalerts:\n",
        "55: airflow.tasks.trian",
    ),
    "a priority of nothing": ("alerts:\n", "airflow: {priority: 0}\nalerts:\n", "55: airflow.priority"),
    "a pool of a task typed wrongly": (
        "alerts:\n",
        "airflow: {tasks: {train: {pol: large}}}\nalerts:\n",
        "55: airflow.tasks.train.pol",
    ),
    "a permission that Airflow does not know": (
        "alerts:\n",
        "airflow: {access: {credit-team: [can_read, can_write]}}\nalerts:\n",
        "55: airflow.access.credit-team[1]",
    ),
    "a role that may do nothing": (
        "alerts:\n",
        "airflow: {access: {credit-team: []}}\nalerts:\n",
        "55: airflow.access.credit-team",
    ),
    "date in the executor's configuration": (
        "alerts:\n",
        "airflow: {executor_config: {since: 2005-04-30}}\nalerts:\n",
        "55: airflow.executor_config.since",
    ),
    "endpoint with a login": (
        "alerts:\n",
        "serving: {url: 'http://ann:secret@models:8000'}\nalerts:\n",
        "55: serving.url",
    ),
    "endpoint at no place": ("alerts:\n", "serving: {latency_ms: 50}\nalerts:\n", "55: serving"),
    "endpoint at two places": (
        "alerts:\n",
        "serving: {url: 'http://models:8000', connection: models}\nalerts:\n",
        "55: serving",
    ),
    "unknown key of an endpoint": (
        "alerts:\n",
        "serving: {url: 'http://models:8000', latency: 50}\nalerts:\n",
        "55: serving.latency",
    ),
    "latency of nothing": (
        "alerts:\n",
        "serving: {url: 'http://models:8000', latency_ms: 0}\nalerts:\n",
        "55: serving.latency_ms",
    ),
    "date among the parameters": (
        "max_iter: 5",
        "max_iter: 2005-04-30",
        "38: estimator.parameters.max_iter",
    ),
}


@pytest.mark.parametrize(("old", "new", "where"), ISSUES.values(), ids=ISSUES.keys())
def test_a_configuration_error_gets_one_line_with_its_place_and_remedy(
    edit: Callable[..., Path],
    issues: Callable[[], list[str]],
    snapshot: SnapshotAssertion,
    old: str,
    new: str,
    where: str,
) -> None:
    edit(old, new)

    (line,) = issues()

    assert line.startswith(f"{where}: ")
    assert line == snapshot


def test_an_event_makes_no_regression(edit: Callable[..., Path], issues: Callable[[], list[str]]) -> None:
    edit("  column: lost\n  delay_days: 31\n", "  event: lost_on\n  horizon_days: 90\ntask: regression\n")
    (line,) = (one for one in issues() if "target" in one)
    assert line == (
        "20: target.event: whether an event comes within a horizon is a question of two answers; write task: "
        "binary, or name the target's column for task regression as target.column"
    )


def test_no_feature_at_all(edit: Callable[..., Path], issues: Callable[[], list[str]]) -> None:
    edit("features:\n  numeric: [amount, age]\n  categorical: [sex, region]", "features: {}")
    edit("sensitive:\n  sex: {}\n  age: {bands: [30, 50]}\n", "")

    (line,) = issues()

    assert line == "22: features: no feature is listed; name at least one under numeric or categorical"


def test_all_configuration_errors_are_reported_at_once_in_the_order_of_the_file(
    edit: Callable[..., Path], issues: Callable[[], list[str]]
) -> None:
    edit("roc_auc: 0.75", "roc_acu: 0.75")
    edit("[amount, age]", "[amount, age, lost]")
    edit("partitions: 6", "partitions: six")
    edit("owner: lending", "ownr: lending")
    edit("@daily", "@dialy")

    keys = [line.split(": ")[1] for line in issues()]

    assert keys == ["ownr", "schedule", "features.numeric[2]", "window.partitions", "gate.floors.roc_acu"]


def test_a_secret_in_a_uri_is_not_repeated(edit: Callable[..., Path]) -> None:
    folder = edit("accounts/as_of={partition}", "s3://me:s3cret@bucket/{oops}/{partition}")

    with pytest.raises(ConfigError) as caught:
        load_model(folder)

    assert "s3cret" not in str(caught.value)


def test_a_long_value_is_cut(edit: Callable[..., Path], issues: Callable[[], list[str]]) -> None:
    edit("partitions: 6", f"partitions: {'x' * 5000}")

    (line,) = issues()

    assert len(line) < 200


def test_a_value_of_several_lines_stays_on_one(
    edit: Callable[..., Path], issues: Callable[[], list[str]]
) -> None:
    edit("type: integer", 'type: "int\\nor so"')

    assert len(issues()) == 1
