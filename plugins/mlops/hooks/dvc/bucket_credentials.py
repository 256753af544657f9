"""How DVC reaches the bucket behind an Airflow connection."""

from __future__ import annotations


def bucket_credentials(conn_id: str) -> dict[str, str]:
    """Return DVC's settings for a bucket; they stay in memory and are never written to a file.

    :param conn_id: Airflow connection of type ``aws``.
    """
    from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

    aws = AwsBaseHook(aws_conn_id=conn_id, client_type="s3")
    credentials = aws.get_credentials(region_name=aws.region_name)
    found = {
        "endpointurl": aws.conn_config.get_service_endpoint_url("s3"),
        "region": aws.region_name,
        "access_key_id": credentials.access_key,
        "secret_access_key": credentials.secret_key,
        "session_token": credentials.token,
    }
    return {key: value for key, value in found.items() if value}
