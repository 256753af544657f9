"""Each configuration error that a team can make in model.yaml, and the one line it gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.config.load import load_model
from include.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.core

METRICS = "accuracy, average_precision, brier, calibration_error, log_loss, roc_auc"
PRESETS = "@hourly, @daily, @weekly, @monthly, @quarterly, @yearly"
SCHEDULE = f"expected null, a cron expression of five fields, or a preset: allowed: {PRESETS}"

# what is replaced, by what, and the line that must come out (after the path)
ISSUES = {
    "unknown key": (
        "owner: lending",
        "owner: lending\nowners: [a]",
        "4: owners: unknown key 'owners'; allowed: name, ",
    ),
    "unknown nested key": (
        "max_drop: 0.02",
        "max_drop: 0.02\n    max_drp: 1",
        "52: gate.slices.max_drp: unknown key 'max_drp'; allowed: min_rows, max_drop; did you mean "
        "'max_drop'?",
    ),
    "unknown key under a column": (
        "sex: {}",
        "sex: {band: [1]}",
        "26: sensitive.sex.band: unknown key 'band'; allowed: bands; did you mean 'bands'?",
    ),
    "key typed wrongly": (
        "owner: lending",
        "ownr: lending",
        "3: ownr: unknown key 'ownr'; allowed: name, description, owner, tags, schedule, source, "
        "entity, time, target, "
        "features, sensitive, window, split, estimator, gate, reproducibility_check, monitoring, approval, "
        "alerts; did you mean 'owner'?",
    ),
    "missing key": ("owner: lending\n", "", " owner: the key is missing; add it"),
    "missing nested key": ("  seed: 7\n", "", "31: split.seed: the key is missing; add it"),
    "missing section": (
        "time:\n  column: as_of\n",
        "",
        " time: the key is missing; add it with column",
    ),
    "missing primary": ("  primary: roc_auc\n", "", "41: gate.primary: the key is missing; add it"),
    "key that is not text": (
        "owner: lending",
        "owner: lending\n5: x",
        "4: 5: the key 5 is not text; put it in quotes",
    ),
    "text for a number": (
        "partitions: 6",
        "partitions: six",
        "29: window.partitions: found text 'six'; expected a whole number",
    ),
    "fraction for a count": (
        "partitions: 6",
        "partitions: 6.5",
        "29: window.partitions: found number 6.5; expected a whole number",
    ),
    "number in quotes": (
        "confidence: 0.95",
        'confidence: "0.95"',
        "47: gate.confidence: found text '0.95'; expected a number; write numbers without "
        "quotes, "
        "and an exponent "
        "after a decimal point, such as 1.0e-9",
    ),
    "exponent that YAML reads as text": (
        "1.0e-9",
        "1e-9",
        "54: reproducibility_check.tolerance: found text '1e-9'; expected a number; write numbers without "
        "quotes, "
        "and an exponent "
        "after a decimal point, such as 1.0e-9",
    ),
    "boolean for text": (
        "owner: lending",
        "owner: no",
        "3: owner: found yes/no value false; expected text; put it in quotes",
    ),
    "number for a column": (
        "[amount, age]",
        "[amount, age, 5]",
        "23: features.numeric[2]: found number 5; expected text; put it in quotes",
    ),
    "text for a boolean": (
        "out_of_time: true",
        "out_of_time: newest",
        "33: split.out_of_time: found text 'newest'; expected true or false",
    ),
    "text for a list": ("tags: [credit]", "tags: credit", "4: tags: found text 'credit'; expected a list"),
    "list for a section": (
        "time:\n  column: as_of",
        "time: [as_of]",
        "17: time: found list ['as_of']; expected a mapping of keys to values",
    ),
    "nothing for a section": (
        "reproducibility_check:\n  rows: 50\n  tolerance: 1.0e-9",
        "reproducibility_check:",
        "52: reproducibility_check: found nothing; expected a mapping of keys to values",
    ),
    "nothing for a sensitive attribute": (
        "sex: {}",
        "sex:",
        "26: sensitive.sex: found nothing; expected a mapping of keys to values",
    ),
    "empty text": ("owner: lending", 'owner: ""', "3: owner: found text ''; expected non-empty text"),
    "blank around a column": (
        "column: loan_id",
        'column: " loan_id"',
        "15: entity.column: found text ' loan_id'; allowed: one line without surrounding blanks",
    ),
    "unknown choice": (
        "type: integer",
        "type: int",
        "16: entity.type: unknown value 'int'; allowed: integer, string; did you mean 'integer'?",
    ),
    "unknown format": (
        "accounts.csv\n    format: csv",
        "accounts.csv\n    format: parqet",
        "10: source.features.format: unknown value 'parqet'; allowed: csv, parquet; did you mean 'parquet'?",
    ),
    "unknown alert": (
        "kind: log",
        "kind: slak",
        "56: alerts[0].kind: unknown value 'slak'; allowed: log, smtp, slack, sns; did you mean 'slack'?",
    ),
    "alert of a kind that is not text": (
        "kind: log",
        "kind: 5",
        "56: alerts[0].kind: unknown value 5; allowed: log, smtp, slack, sns",
    ),
    "alert without a kind": (
        "- kind: log",
        "- {}",
        "56: alerts[0].kind: the key is missing; add it; allowed: log, smtp, slack, sns",
    ),
    "kind typed wrongly": (
        "kind: log",
        "knd: log",
        "56: alerts[0].knd: unknown key 'knd'; allowed: kind; did you mean 'kind'?",
    ),
    "alert that is not a mapping": (
        "- kind: log",
        "- log",
        "56: alerts[0]: found text 'log'; expected a mapping of keys to values",
    ),
    "alert with a key typed wrongly": (
        "- kind: log",
        "- {kind: smtp, too: [ops@example.com]}",
        "56: alerts[0].too: unknown key 'too'; allowed: kind, connection, to; did you mean 'to'?",
    ),
    "alert with a key of another kind": (
        "- kind: log",
        "- {kind: slack, to: [ops@example.com]}",
        "56: alerts[0].to: unknown key 'to'; allowed: kind, connection",
    ),
    "mail to nobody": (
        "- kind: log",
        "- {kind: smtp, to: []}",
        "56: alerts[0].to: found list []; expected at least one entry",
    ),
    "mail to a number": (
        "- kind: log",
        "- {kind: smtp, to: [ops@example.com, 5]}",
        "56: alerts[0].to[1]: found number 5; expected text; put it in quotes",
    ),
    "mail without an address": (
        "- kind: log",
        "- {kind: smtp}",
        "56: alerts[0].to: the key is missing; add it",
    ),
    "topic that is not an ARN": (
        "- kind: log",
        "- {kind: sns, topic: alerts}",
        "56: alerts[0].topic: found text 'alerts'; allowed: the ARN of an SNS topic, such as "
        "arn:aws:sns:eu-central-1:123456789012:alerts",
    ),
    "unknown approval": (
        "alerts:\n",
        "approval: require\nalerts:\n",
        "55: approval: unknown value 'require'; allowed: none, required; did you mean 'required'?",
    ),
    "share above one": (
        "alerts:\n",
        "monitoring: {drift: {missing_share: 2}}\nalerts:\n",
        "55: monitoring.drift.missing_share: found number 2; allowed: at most 1",
    ),
    "more breaches than windows": (
        "alerts:\n",
        "monitoring: {policy: {windows: 2, breaches: 3}}\nalerts:\n",
        "55: monitoring.policy.breaches: 3 breaches can't be found in 2 windows, so nothing would ever be "
        "retrained; expected breaches at most as large as windows",
    ),
    "more breaches than windows by default": (
        "alerts:\n",
        "monitoring: {policy: {breaches: 4}}\nalerts:\n",
        "55: monitoring.policy.breaches: 4 breaches can't be found in 3 windows, so nothing would ever be "
        "retrained; expected breaches at most as large as windows",
    ),
    "no alert": (
        "alerts:\n  - kind: log",
        "alerts: []",
        "55: alerts: found list []; expected at least one entry",
    ),
    "name that is not an identifier": (
        "name: loans",
        "name: Loans-1",
        "1: name: found text 'Loans-1'; allowed: a lower-case letter, then lower-case letters, "
        "digits and underscores",
    ),
    "name of another folder": (
        "name: loans",
        "name: cards",
        "1: name: found 'cards' in the folder 'loans'; expected the folder's name: rename one of them",
    ),
    "connection with a blank": (
        "loans_source",
        "loans source",
        "7: source.connection: found text 'loans source'; allowed: letters, digits, '_', '-' and '.'",
    ),
    "unknown preset": (
        "@daily",
        "@dialy",
        f"5: schedule: unknown preset '@dialy'; {SCHEDULE}; did you mean '@daily'?",
    ),
    "cron of four fields": (
        "@daily",
        "0 5 * *",
        f"5: schedule: '0 5 * *' has 4 fields where a cron expression has 5; {SCHEDULE}",
    ),
    "cron out of range": (
        "@daily",
        "0 25 * * *",
        f"5: schedule: '0 25 * * *' can't be read: [0 25 * * *] is not acceptable, out of range; {SCHEDULE}",
    ),
    "cron of a date that never comes": (
        "@daily",
        "0 0 31 4 *",
        f"5: schedule: '0 0 31 4 *' names a date that never comes; {SCHEDULE}",
    ),
    "tag of 101 characters": (
        "[credit]",
        f"[{'t' * 101}]",
        f"4: tags[0]: found text '{'t' * 79}...; string should have at most 100 characters",
    ),
    "51 tags": (
        "[credit]",
        f"[{', '.join(f't{number}' for number in range(51))}]",
        "4: tags: found 51 entries; at most 50 are allowed",
    ),
    "tag with a line end": (
        "[credit]",
        '["a\\nb"]',
        "4: tags[0]: found text 'a\\nb'; allowed: one line without surrounding blanks",
    ),
    "owner of 101 characters": (
        "owner: lending",
        f"owner: {'o' * 101}",
        f"3: owner: found text '{'o' * 79}...; string should have at most 100 characters",
    ),
    "a character that no database takes": (
        "description: Will a loan be paid back?",
        'description: "a\\0b"',
        "2: description: contains the character U+0000, which can't be shown or stored; remove it",
    ),
    "a number of thousands of digits": (
        "test_share: 0.25",
        f"test_share: 0x{'f' * 5000}",
        "32: split.test_share: found number of thousands of digits; expected a number",
    ),
    "a whole number of thousands of digits": (
        "min_rows: 1000",
        f"min_rows: 0x{'f' * 5000}",
        "30: window.min_rows: found number of thousands of digits; a whole number has at most 63 bits",
    ),
    "a delay of centuries": (
        "delay_days: 31",
        "delay_days: 3100000",
        "21: target.delay_days: found number 3100000; allowed: at most 36500",
    ),
    "partition missing in a uri": (
        "as_of={partition}",
        "as_of=all",
        "9: source.features.uri: found 'accounts/as_of=all/accounts.csv' with {partition} 0 times; "
        "expected it exactly once",
    ),
    "partition twice in a uri": (
        "as_of={partition}/accounts.csv",
        "as_of={partition}/{partition}.csv",
        "9: source.features.uri: found 'accounts/as_of={partition}/{partition}.csv' with {partition} "
        "2 times; "
        "expected it exactly once",
    ),
    "another placeholder in a uri": (
        "as_of={partition}/accounts.csv",
        "as_of={partition}/{table}.csv",
        "9: source.features.uri: found 'accounts/as_of={partition}/{table}.csv'; {partition} is the "
        "only placeholder",
    ),
    "scheme without slashes": (
        "accounts/as_of={partition}",
        "s3:/bucket/as_of={partition}",
        "9: source.features.uri: found 's3:/bucket/as_of={partition}/accounts.csv'; a scheme is "
        "followed by '://', "
        "such as s3://bucket/path",
    ),
    "credentials in a uri": (
        "accounts/as_of={partition}",
        "s3://me:s3cret@bucket/as_of={partition}",
        "9: source.features.uri: contains credentials before '@'; put them into the Airflow connection "
        "instead, and rotate them",
    ),
    "a star above the partition": (
        "accounts/as_of={partition}/accounts.csv",
        "a*/as_of={partition}/accounts.csv",
        "9: source.features.uri: found 'a*/as_of={partition}/accounts.csv'; '*' may stand in the last part "
        "only, below {partition}, where it means part files that make one delivery, such as "
        "accounts/as_of={partition}/*.parquet",
    ),
    "an empty name in a uri": (
        "accounts/as_of={partition}/accounts.csv",
        "accounts//as_of={partition}/accounts.csv",
        "9: source.features.uri: found 'accounts//as_of={partition}/accounts.csv'; expected a name between "
        "two '/', and no '..'",
    ),
    "one uri for both tables": (
        "labels/known_on={partition}/labels.csv",
        "accounts/as_of={partition}/accounts.csv",
        "12: source.labels.uri: is the URI of source.features too; leave source.labels out where one "
        "table holds both",
    ),
    "target that is the entity": (
        "column: lost",
        "column: loan_id",
        "20: target.column: 'loan_id' is entity.column too; a column has one role",
    ),
    "feature that is the target": (
        "[amount, age]",
        "[amount, age, lost]",
        "23: features.numeric[2]: 'lost' is target.column too; a feature is known at the time of the "
        "row: remove one",
    ),
    "feature that is the entity": (
        "[sex, region]",
        "[loan_id, sex, region]",
        "24: features.categorical[0]: 'loan_id' is entity.column too; "
        "a feature is known at the time of the row: remove one",
    ),
    "feature that is the time": (
        "[sex, region]",
        "[sex, as_of, region]",
        "24: features.categorical[1]: 'as_of' is time.column too; "
        "a feature is known at the time of the row: remove one",
    ),
    "feature twice": (
        "[amount, age]",
        "[amount, age, amount]",
        "23: features.numeric[2]: 'amount' is in features.numeric too; list it once: remove one",
    ),
    "entity with a name that is kept": (
        "column: loan_id",
        "column: mlops_score",
        "15: entity.column: found 'mlops_score'; names that begin with 'mlops_' are kept for columns that "
        "predictions and scores get besides: have the column delivered under another name",
    ),
    "feature with a name that is kept": (
        "[sex, region]",
        "[sex, MLOPS_region]",
        "24: features.categorical[1]: found 'MLOPS_region'; names that begin with 'mlops_' are kept for "
        "columns that predictions and scores get besides: have the column delivered under another name",
    ),
    "feature of both types": (
        "[sex, region]",
        "[sex, region, age]",
        "24: features.categorical[2]: 'age' is in features.numeric too; list it once: remove one",
    ),
    "sensitive attribute that is not a feature": (
        "sex: {}",
        "gender: {}",
        "26: sensitive.gender: 'gender' is not a feature; allowed: amount, age, sex, region",
    ),
    "sensitive attribute typed wrongly": (
        "sex: {}",
        "regoin: {}",
        "26: sensitive.regoin: 'regoin' is not a feature; allowed: amount, age, sex, region; did you "
        "mean 'region'?",
    ),
    "bands on a categorical column": (
        "sex: {}",
        "sex: {bands: [1]}",
        "26: sensitive.sex.bands: 'sex' is categorical and has its own groups; remove bands",
    ),
    "bands that are one number when they are stored": (
        "age: {bands: [30, 50]}",
        "age: {bands: [9007199254740992, 9007199254740993]}",
        "27: sensitive.age.bands: found [9007199254740992, 9007199254740993]; expected increasing numbers",
    ),
    "numeric sensitive attribute without bands": (
        "age: {bands: [30, 50]}",
        "age: {}",
        "27: sensitive.age: 'age' is numeric; name where its groups begin, such as {bands: [30, 50]}",
    ),
    "bands that do not increase": (
        "[30, 50]",
        "[50, 50]",
        "27: sensitive.age.bands: found [50, 50]; expected increasing numbers",
    ),
    "band that is not a number": (
        "[30, 50]",
        "[30, fifty]",
        "27: sensitive.age.bands[1]: found text 'fifty'; expected a number",
    ),
    "unknown statistic of drift": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {statistic: kss}}}\nalerts:\n",
        "55: monitoring.drift.numeric.statistic: unknown statistic 'kss'; allowed: jensen_shannon, ks, psi, "
        "wasserstein; did you mean 'ks'?",
    ),
    "statistic of another kind of column": (
        "alerts:\n",
        "monitoring: {drift: {categorical: {statistic: wasserstein, threshold: 3}}}\nalerts:\n",
        "55: monitoring.drift.categorical.statistic: 'wasserstein' is not for categorical columns; allowed: "
        "chi_square, jensen_shannon, psi",
    ),
    "statistic that every check takes by itself": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {statistic: missing_share}}}\nalerts:\n",
        "55: monitoring.drift.numeric.statistic: unknown statistic 'missing_share'; allowed: jensen_shannon, "
        "ks, psi, wasserstein",
    ),
    "drift of a column that is not a feature": (
        "alerts:\n",
        "monitoring: {drift: {columns: {agee: off}}}\nalerts:\n",
        "55: monitoring.drift.columns.agee: 'agee' is not a feature; allowed: amount, age, sex, region; did "
        "you mean 'age'?",
    ),
    "drift of a column that is switched on": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: on}}}\nalerts:\n",
        "55: monitoring.drift.columns.age: found yes/no value true; expected off, or a mapping of statistic, "
        "threshold, missing_share to values",
    ),
    "drift of a column that is left empty": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: }}}\nalerts:\n",
        "55: monitoring.drift.columns.age: found nothing; expected off, or a mapping of statistic, "
        "threshold, missing_share to values",
    ),
    "unknown key of a column's drift": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {treshold: 0.2}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.treshold: unknown key 'treshold'; allowed: statistic, threshold, "
        "missing_share; did you mean 'threshold'?",
    ),
    "threshold of a column in percent": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {threshold: 20}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.threshold: found number 20; ks never exceeds 1: choose a number "
        "below it",
    ),
    "statistic of a column of another kind": (
        "alerts:\n",
        "monitoring: {drift: {columns: {sex: {statistic: ks, threshold: 0.2}}}}\nalerts:\n",
        "55: monitoring.drift.columns.sex.statistic: 'ks' is not for categorical columns; allowed: "
        "chi_square, jensen_shannon, psi",
    ),
    "statistic of a column without its threshold": (
        "alerts:\n",
        "monitoring: {drift: {columns: {age: {statistic: psi}}}}\nalerts:\n",
        "55: monitoring.drift.columns.age.statistic: psi has another unit than ks: add a threshold for this "
        "column",
    ),
    "threshold of drift in percent": (
        "alerts:\n",
        "monitoring: {drift: {numeric: {threshold: 10}}}\nalerts:\n",
        "55: monitoring.drift.numeric.threshold: found number 10; ks never exceeds 1: choose a number below "
        "it",
    ),
    "floor on an unknown metric": (
        "roc_auc: 0.75",
        "roc_acu: 0.75",
        f"44: gate.floors.roc_acu: unknown metric 'roc_acu'; allowed: {METRICS}; did you mean 'roc_auc'?",
    ),
    "unknown primary metric": (
        "primary: roc_auc",
        "primary: f1",
        f"42: gate.primary: unknown metric 'f1'; allowed: {METRICS}",
    ),
    "floor above the metric's range": (
        "roc_auc: 0.75",
        "roc_auc: 75",
        "44: gate.floors.roc_auc: found number 75; roc_auc lies between 0 and 1",
    ),
    "floor below the metric's range": (
        "log_loss: 0.4",
        "log_loss: -0.4",
        "45: gate.floors.log_loss: found number -0.4; log_loss lies between 0 and more",
    ),
    "floors without the primary metric": (
        "floors:\n    roc_auc: 0.75\n    log_loss: 0.4",
        "floors:\n    log_loss: 0.4",
        "43: gate.floors: found floors for log_loss and none for roc_auc, the primary metric; add it: the "
        "worst value at which a first champion may serve",
    ),
    "a primary metric that a constant does well in": (
        "primary: roc_auc",
        "primary: calibration_error",
        "42: gate.primary: 'calibration_error' can't distinguish a model from a constant: always predicting "
        "the true rate makes no such error; allowed: roc_auc, average_precision, log_loss, brier, accuracy "
        "(a floor on calibration_error is fine)",
    ),
    "no floors": (
        "floors:\n    roc_auc: 0.75\n    log_loss: 0.4",
        "floors: {}",
        "43: gate.floors: found mapping {}; expected at least one entry",
    ),
    "share of nothing": (
        "test_share: 0.25",
        "test_share: 0.0",
        "32: split.test_share: found number 0.0; allowed: more than 0",
    ),
    "share of everything": (
        "test_share: 0.25",
        "test_share: 1",
        "32: split.test_share: found number 1; allowed: less than 1",
    ),
    "share that is not a number": (
        "test_share: 0.25",
        "test_share: .nan",
        "32: split.test_share: found number nan; expected a finite number",
    ),
    "confidence in percent": (
        "confidence: 0.95",
        "confidence: 95",
        "47: gate.confidence: found number 95; allowed: less than 1",
    ),
    "confidence of chance": (
        "confidence: 0.95",
        "confidence: 0.5",
        "47: gate.confidence: found number 0.5; allowed: more than 0.5",
    ),
    "negative count": (
        "min_rows: 1000",
        "min_rows: -1",
        "30: window.min_rows: found number -1; allowed: at least 1",
    ),
    "negative delay": (
        "delay_days: 31",
        "delay_days: -31",
        "21: target.delay_days: found number -31; allowed: at least 0",
    ),
    "too few resamples": (
        "resamples: 200",
        "resamples: 10",
        "48: gate.resamples: found number 10; allowed: at least 100",
    ),
    "seed too large": (
        "seed: 7",
        "seed: 4294967296",
        "34: split.seed: found number 4294967296; allowed: at most 4294967295",
    ),
    "trusted type without its module": (
        "sklearn.tree._tree.Tree",
        "Tree",
        "40: estimator.trusted_types[0]: found 'Tree'; expected the full dotted name of a type, "
        "such as sklearn.tree._tree.Tree",
    ),
    "trusted type that is a path": (
        "sklearn.tree._tree.Tree",
        "sklearn/tree",
        "40: estimator.trusted_types[0]: found 'sklearn/tree'; expected the full dotted name of a type, "
        "such as sklearn.tree._tree.Tree",
    ),
    "date among the parameters": (
        "max_iter: 5",
        "max_iter: 2005-04-30",
        "38: estimator.parameters.max_iter: found date 2005-04-30; expected text, a number, true, "
        "false, null, "
        "or a list or mapping of them; quote dates",
    ),
}


@pytest.mark.parametrize(("old", "new", "expected"), ISSUES.values(), ids=ISSUES.keys())
def test_a_configuration_error_gets_one_line_with_its_place_and_remedy(
    edit: Callable[..., Path], issues: Callable[[], list[str]], old: str, new: str, expected: str
) -> None:
    edit(old, new)

    (line,) = issues()

    assert line == expected or (expected.endswith(", ") and line.startswith(expected))


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
