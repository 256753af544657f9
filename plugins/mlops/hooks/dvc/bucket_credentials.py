"""How DVC reaches the bucket behind an Airflow connection."""

from __future__ import annotations

from include.errors import ConfigError


def bucket_credentials(conn_id: str) -> dict[str, str]:
    """Return DVC's settings for a bucket; they stay in memory and are never written to a file.

    :param conn_id: Airflow connection of type ``aws``.
    :raises ConfigError: neither the connection nor the machine has credentials.
    """
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    aws = AwsBaseHook(aws_conn_id=conn_id, client_type="s3")
    if aws.get_session(region_name=aws.region_name).get_credentials() is None:
        raise ConfigError(
            f"Connection {conn_id!r} has no credentials for its bucket, and this machine has none either. "
            "Give it login and password (an access key and its secret), or role_arn in its extra; on AWS a "
            "role of the machine or of the pod is enough."
        )
    credentials = aws.get_credentials(region_name=aws.region_name)
    found = {
        "endpointurl": aws.conn_config.get_service_endpoint_url("s3"),
        "region": aws.region_name,
        "access_key_id": credentials.access_key,
        "secret_access_key": credentials.secret_key,
        "session_token": credentials.token,
    }
    return {key: value for key, value in found.items() if value}
