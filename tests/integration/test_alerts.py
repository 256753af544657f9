"""Alerts through a real mail server, a real HTTP endpoint in Slack's place, SNS by moto, and dead ends."""

from __future__ import annotations

import json
import logging
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from include.alerting.alert import Alert, Cause, OpenAlert
from include.config.load import load_model
from include.errors import ConfigError, DataError, StorageError, TrackingError
from include.verdicts import Verdict
from mlops.alerts.callbacks import alert_on_failure, resolve_on_success
from mlops.alerts.open_alerts import OpenAlerts
from mlops.alerts.send import resolve_alerts, send_alert
from mlops.dag_factory.broken_model import broken_model_dag
from mlops.hooks.object_store import ObjectStoreHook
from mlops.operators.alert import AlertOperator
from tests.world.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from include.config.schema import ModelConfig

pytestmark = pytest.mark.integration

TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"
MAIL = "{kind: smtp, to: [ops@example.com, lead@example.com]}"
SLACK = "{kind: slack}"
LOG = "{kind: log}"
SNS = f"{{kind: sns, topic: '{TOPIC}'}}"
ALERT = Alert(
    cause=Cause(model="credit_risk", kind="failure", subject="validate: DataError: bad"),
    subject="credit_risk: validate failed",
    text="12 rows <are> missing & more",
    effect="The champion keeps serving.",
    links={"Airflow": "http://airflow/run"},
    task="credit_risk_training.validate",
    as_of="2005-06-30",
)


class Mailbox:
    """What the mail server took."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def mailbox(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    box = Mailbox()
    server = Controller(box, hostname="127.0.0.1", port=free_port())
    server.start()
    connect_mail(monkeypatch, server.port)
    yield box
    server.stop()


def connect_mail(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    extra = {"disable_ssl": True, "disable_tls": True, "timeout": 5, "from_email": "mlops@example.com"}
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": port, "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))


class Slack:
    """What was posted, and how the endpoint answers."""

    def __init__(self) -> None:
        self.status = 200
        self.posts: list[dict[str, Any]] = []
        slack = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                slack.posts.append(json.loads(content) | {"path": self.path})
                self.send_response(slack.status)
                self.end_headers()
                self.wfile.write(b"ok" if slack.status == 200 else b"invalid_token")

            def log_message(self, *arguments: object) -> None:
                """Keep the test's output clean."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def slack(state: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slack]:
    endpoint = Slack()
    connect_slack(monkeypatch, endpoint.server.server_port)
    yield endpoint
    endpoint.server.shutdown()
    endpoint.server.server_close()


def connect_slack(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    host = f"http://127.0.0.1:{port}/services"
    connection = {"conn_type": "slackwebhook", "host": host, "password": "T000/B000/hunter2hunter2"}
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_DEFAULT", json.dumps(connection))


@pytest.fixture
def configure(model_folder: Path, state: Path) -> Callable[..., ModelConfig]:
    """Return a function that gives the example other channels."""
    original = (model_folder / "model.yaml").read_text()
    assert original.endswith("  - kind: log\n")

    def change(*channels: str) -> ModelConfig:
        lines = "".join(f"  - {channel}\n" for channel in channels)
        (model_folder / "model.yaml").write_text(original.removesuffix("  - kind: log\n") + lines)
        return load_model(model_folder)

    return change


def context(folder: Path | None, *, error: BaseException | None = None, **changes: Any) -> dict[str, Any]:
    """Return as much of a task's context as the callbacks use."""
    fields = {"dag_id": "credit_risk_training", "task_id": "validate", "run_id": "manual__1", **changes}
    as_of = fields.pop("as_of", "2005-06-30")
    return {
        "ti": SimpleNamespace(log_url="http://airflow/dags/credit_risk_training/runs/manual__1", **fields),
        "task": SimpleNamespace(**({"model_folder": str(folder)} if folder else {})),
        "params": {"as_of": as_of},
        **({"exception": error} if error else {}),
    }


def send(config: ModelConfig, alert: Alert) -> bool:
    return send_alert(config, alert, ObjectStoreHook())


def resolve(config: ModelConfig, is_resolved: Callable[[OpenAlert], bool]) -> None:
    resolve_alerts(config, is_resolved, ObjectStoreHook())


def open_alerts() -> OpenAlerts:
    return OpenAlerts("credit_risk", ObjectStoreHook())


def test_mail_reaches_everybody_with_the_whole_message(
    configure: Callable[..., ModelConfig], mailbox: Mailbox
) -> None:
    assert send(configure(MAIL), ALERT)
    ((to, mail),) = mailbox.mails
    assert to == ["ops@example.com", "lead@example.com"]
    assert str(make_header(decode_header(mail["Subject"]))) == "credit_risk: validate failed"
    body = mail.get_payload()[0].get_payload(decode=True).decode()
    assert "12 rows &lt;are&gt; missing &amp; more" in body
    assert "How bad: The champion keeps serving." in body
    assert "Airflow: http://airflow/run" in body
    assert "Runbook: docs/operations.md#alerts" in body


def test_slack_gets_a_message_without_markup(configure: Callable[..., ModelConfig], slack: Slack) -> None:
    assert send(configure(SLACK), ALERT)
    (post,) = slack.posts
    assert post["path"] == "/services/T000/B000/hunter2hunter2"
    assert post["text"].startswith("credit_risk: validate failed\n12 rows &lt;are&gt; missing &amp; more")
    assert post["mrkdwn"] is False


HOSTILE = "`a` *b* <!channel> <http://x|y> \x1b[31m ::group::c \x00\u2028 $ | \ud800"


def test_names_are_never_markup_in_any_message(
    configure: Callable[..., ModelConfig],
    mailbox: Mailbox,
    slack: Slack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    alert = replace(ALERT, subject=f"m: {HOSTILE}\r\nBcc: a@b", text=f"{HOSTILE}\n{'<' * 6000}")
    assert send(configure(MAIL, SLACK, LOG), alert)
    ((to, mail),) = mailbox.mails
    assert to == ["ops@example.com", "lead@example.com"]
    assert mail["Bcc"] is None
    seen = r"m: `a` *b* <!channel> <http://x|y> \x1b[31m :\x3agroup::c \x00\u2028 $ | \ud800 Bcc: a@b"
    assert str(make_header(decode_header(mail["Subject"]))) == seen
    body = mail.get_payload()[0].get_payload(decode=True).decode()
    assert "&lt;!channel&gt;" in body
    assert "<!channel>" not in body
    (post,) = slack.posts
    assert not {"<", ">"} & set(post["text"])
    assert not post["text"].endswith(("&", "&l", "&lt"))
    assert len(post["text"]) <= 8000
    for record in caplog.records:
        assert all(line.isprintable() for line in record.getMessage().split("\n"))
        assert "::group::" not in record.getMessage()


def test_sns_gets_a_subject_it_takes(
    configure: Callable[..., ModelConfig], s3_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import boto3

    keys = {"aws_access_key_id": "id", "aws_secret_access_key": "key", "region_name": "us-east-1"}
    sns = boto3.client("sns", endpoint_url=s3_endpoint, **keys)
    sqs = boto3.client("sqs", endpoint_url=s3_endpoint, **keys)
    assert sns.create_topic(Name="alerts")["TopicArn"] == TOPIC
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    sns.subscribe(TopicArn=TOPIC, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:alerts")
    extra = {"endpoint_url": s3_endpoint, "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "id", "password": "key", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    assert send(configure(SNS), replace(ALERT, subject="credit_risk: größer\nals " + "x" * 200))
    (message,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == ("credit_risk: gr??er als " + "x" * 200)[:100]
    assert body["Message"].startswith("12 rows <are> missing & more")


def test_a_cause_is_notified_once_until_it_is_resolved(
    configure: Callable[..., ModelConfig], slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    config = configure(SLACK)
    caplog.set_level(logging.INFO, logger="mlops.alerts")
    assert send(config, ALERT)
    assert not send(config, ALERT)
    assert "Already notified on " in caplog.text
    assert "2 occurrences since" in caplog.text
    resolve(config, lambda known: False)
    assert not send(config, ALERT)
    resolve(config, lambda known: known.subject == ALERT.cause.subject)
    assert "Resolved, open since " in caplog.text
    assert send(config, ALERT)
    assert len(slack.posts) == 2


def test_another_cause_is_notified(configure: Callable[..., ModelConfig], slack: Slack) -> None:
    config = configure(SLACK)
    send(config, ALERT)
    assert send(config, replace(ALERT, cause=replace(ALERT.cause, subject="another")))
    assert len(slack.posts) == 2


def test_one_of_many_simultaneous_occurrences_notifies(
    configure: Callable[..., ModelConfig], slack: Slack
) -> None:
    config = configure(SLACK)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: send(config, ALERT), range(8)))
    assert sum(told) == 1
    assert len(slack.posts) == 1


def test_one_of_several_occurrences_notifies_in_a_bucket(
    configure: Callable[..., ModelConfig], slack: Slack, s3_store: str
) -> None:
    config = configure(SLACK)
    assert [send(config, ALERT) for _ in range(3)] == [True, False, False]
    ((_, known),) = open_alerts().all()
    assert known.occurrences == 3
    resolve(config, lambda known: True)
    assert open_alerts().all() == []


def test_the_next_occurrence_notifies_if_the_first_one_died(
    configure: Callable[..., ModelConfig], slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, kept = configure(SLACK), open_alerts()
    known, mine = kept.record_occurrence(ALERT)
    assert mine
    assert not send(config, ALERT)  # it may still be sending
    kept.save(ALERT.cause, replace(known, last_seen="2005-06-30T00:00:00+00:00"))
    assert send(config, ALERT)
    assert len(slack.posts) == 1


def test_a_dead_channel_is_named_and_the_others_are_tried(
    configure: Callable[..., ModelConfig],
    slack: Slack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    connect_mail(monkeypatch, free_port())
    config = configure(MAIL, SLACK)
    assert send(config, ALERT)
    assert len(slack.posts) == 1
    (error,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert error.getMessage().startswith(
        "ALERT not sent by mail to ops@example.com, lead@example.com (smtp_default), ConnectionRefusedError:"
    )


def test_a_channel_that_was_dead_is_used_next_time_and_the_others_are_not(
    configure: Callable[..., ModelConfig], mailbox: Mailbox, slack: Slack
) -> None:
    config = configure(MAIL, SLACK)
    slack.status = 500
    assert send(config, ALERT)
    slack.status = 200
    assert send(config, ALERT)
    assert not send(config, ALERT)
    assert len(mailbox.mails) == 1
    assert len(slack.posts) == 2


def test_if_every_channel_is_dead_the_message_is_in_the_log(
    configure: Callable[..., ModelConfig], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    connect_mail(monkeypatch, free_port())
    connect_slack(monkeypatch, free_port())
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps({
        "conn_type": "aws", "login": "id", "password": "key",
        "extra": {"endpoint_url": f"http://127.0.0.1:{free_port()}", "region_name": "us-east-1"},
    }))  # fmt: skip
    config = configure(MAIL, SLACK, SNS)
    assert not send(config, ALERT)
    assert caplog.text.count("ALERT not sent by ") == 3
    assert "ALERT nobody was notified: credit_risk: validate failed" in caplog.text
    assert "12 rows <are> missing & more" in caplog.text


def test_an_alert_nobody_got_is_sent_once_the_connection_is_corrected(
    configure: Callable[..., ModelConfig], slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = os.environ["AIRFLOW_CONN_SLACK_DEFAULT"]
    config = configure(SLACK)
    monkeypatch.delenv("AIRFLOW_CONN_SLACK_DEFAULT")
    assert not send(config, ALERT)
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_DEFAULT", right)
    assert send(config, ALERT)
    assert not send(config, ALERT)
    assert len(slack.posts) == 1
    ((_, known),) = open_alerts().all()
    assert known.occurrences == 3


def test_a_connection_that_does_not_exist_is_named(
    configure: Callable[..., ModelConfig], caplog: pytest.LogCaptureFixture
) -> None:
    config = configure("{kind: slack, connection: nowhere}", LOG)
    assert send(config, ALERT)
    assert "ALERT not sent by Slack (nowhere), AirflowNotFoundException" in caplog.text
    assert "ALERT credit_risk: validate failed" in caplog.text


def test_without_the_store_it_is_sent_anyway(
    configure: Callable[..., ModelConfig],
    slack: Slack,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_OBJECT_STORE_DEFAULT", json.dumps({
        "conn_type": "generic", "extra": {"root": "file:///proc/nowhere"},
    }))  # fmt: skip
    config = configure(SLACK)
    assert send(config, ALERT)
    assert send(config, ALERT)
    assert len(slack.posts) == 2
    assert "It is not known whether this was sent before" in caplog.text


def test_open_alerts_that_can_not_be_read_fail_nothing(
    configure: Callable[..., ModelConfig], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*arguments: object) -> None:
        raise StorageError("could not list s3://bucket")

    monkeypatch.setattr(OpenAlerts, "all", fail)
    resolve(configure(LOG), lambda known: True)
    assert "Open alerts could not be checked" in caplog.text


def test_secrets_do_not_leave_in_an_alert(
    configure: Callable[..., ModelConfig], slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    from airflow.sdk.log import mask_secret

    mask_secret("s3cr3t-of-the-source")
    text = "401 for token s3cr3t-of-the-source at https://me:hunter2@git.example.com/data"
    send(configure(SLACK, LOG), replace(ALERT, text=text, subject="s3cr3t-of-the-source"))
    (post,) = slack.posts
    for secret in ("s3cr3t-of-the-source", "hunter2@"):
        assert secret not in post["text"] + caplog.text
    assert "https://***@git.example.com/data" in post["text"]


def test_a_refused_token_does_not_reach_the_log(
    configure: Callable[..., ModelConfig], slack: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    slack.status = 403
    send(configure(SLACK, LOG), ALERT)
    assert "ALERT not sent by Slack" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_failed_task_alerts_once_and_its_success_ends_it(
    configure: Callable[..., ModelConfig], slack: Slack, model_folder: Path
) -> None:
    configure(SLACK)
    broken = DataError("credit_risk features 2005-06-30 VIOLATES ITS CONTRACT: 2 critical\n- age: 12 rows")
    alert_on_failure(context(model_folder, error=broken))
    alert_on_failure(context(model_folder, error=broken, run_id="manual__2", as_of="2005-07-01"))
    alert_on_failure(context(model_folder, error=broken, dag_id="credit_risk_scoring"))
    (post,) = slack.posts
    assert post["text"].startswith("credit_risk: validate failed (DataError)\n")
    assert "Task validate of credit_risk_training failed in run manual__1." in post["text"]
    assert "- age: 12 rows" in post["text"]
    assert "How bad: Nothing was promoted by this task; the champion keeps serving." in post["text"]
    assert "Airflow: http://airflow/dags/credit_risk_training/runs/manual__1" in post["text"]
    assert "operations.md#failures-and-retries" in post["text"]
    resolve_on_success(context(model_folder, as_of="2005-05-31"))
    resolve_on_success(context(model_folder, task_id="extract", as_of="2005-07-01"))
    alert_on_failure(context(model_folder, error=broken))
    assert len(slack.posts) == 1
    resolve_on_success(context(model_folder, as_of="2005-07-01"))
    alert_on_failure(context(model_folder, error=broken))
    assert len(slack.posts) == 2


def test_open_alerts_are_kept_behind_the_connection_of_the_task(
    configure: Callable[..., ModelConfig],
    slack: Slack,
    model_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(SLACK)
    other = {"conn_type": "generic", "extra": {"root": f"file://{tmp_path}/other"}}
    monkeypatch.setenv("AIRFLOW_CONN_OTHER_STORE", json.dumps(other))
    failed = context(model_folder, error=DataError("bad"))
    failed["task"].object_store_conn_id = "other_store"
    alert_on_failure(failed)
    assert open_alerts().all() == []
    there = OpenAlerts("credit_risk", ObjectStoreHook("other_store"))
    assert [known.occurrences for _, known in there.all()] == [1]
    resolve_on_success(failed)
    assert there.all() == []


def test_an_outage_is_notified_once_for_all_tasks(
    configure: Callable[..., ModelConfig], slack: Slack, model_folder: Path
) -> None:
    configure(SLACK)
    for task in ("train", "evaluate", "register"):
        alert_on_failure(context(model_folder, error=TrackingError(f"no answer to {task}"), task_id=task))
    assert len(slack.posts) == 1
    assert "after its retries" in slack.posts[0]["text"]


def test_a_task_that_was_lost_alerts(
    configure: Callable[..., ModelConfig], slack: Slack, model_folder: Path
) -> None:
    configure(SLACK)
    alert_on_failure(context(model_folder))
    assert "it was killed, or its machine was lost" in slack.posts[0]["text"]


def test_a_model_that_is_broken_alerts_in_the_log(
    configure: Callable[..., ModelConfig], model_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigError):
        configure("{kind: slak}")
    error = ConfigError("model.yaml:90: alerts[0].kind: unknown value 'slak' at https://me:hunter2@host")
    for folder in (model_folder, None):
        caplog.clear()
        alert_on_failure(context(folder, error=error))
        resolve_on_success(context(folder))
        assert "ALERT task validate of credit_risk_training failed in run manual__1" in caplog.text
        assert "unknown value 'slak'" in caplog.text
        assert "hunter2" not in caplog.text
    (task,) = broken_model_dag("credit_risk_training", error).tasks
    assert alert_on_failure in task.on_failure_callback


def test_an_alert_has_the_verdicts_reasons_and_another_decision_resolves_it(
    configure: Callable[..., ModelConfig], slack: Slack, model_folder: Path
) -> None:
    configure(SLACK)
    block = Verdict(
        kind="gate", decision="block", subject="credit_risk", summary="the champion could not be scored",
        inputs={"candidate_run": "r1", "champion_info": {"version": "3"}},
    )  # fmt: skip

    def tell(verdict: Verdict) -> bool:
        operator = AlertOperator(
            task_id="alert", model_folder=str(model_folder), verdict=verdict.to_dict(), url="http://mlflow/r1"
        )
        operator.pre_execute({})  # type: ignore[typeddict-item]
        return bool(operator.execute(context(model_folder))["notified"])

    assert tell(block)
    assert not tell(replace(block, inputs={**block.inputs, "candidate_run": "r2"}))
    assert "the champion could not be scored" in slack.posts[0]["text"]
    assert "Report: http://mlflow/r1" in slack.posts[0]["text"]
    reject = replace(block, decision="reject")
    assert tell(reject)
    assert not tell(reject)
    assert [known.kind for _, known in open_alerts().all()] == ["gate: block"]
