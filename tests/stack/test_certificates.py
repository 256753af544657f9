"""`make demo` behind a proxy that opens TLS: uv trusts what pip trusts. The server has a CA of its own."""

from __future__ import annotations

import base64
import hashlib
import http.server
import io
import os
import ssl
import subprocess
import sys
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]


def authority(folder: Path) -> tuple[Path, Path]:
    """Make a CA and a certificate of 127.0.0.1; return the CA's file, and the server's with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    def made(subject: str, key: Any, extension: x509.ExtensionType, signer: Any) -> bytes:
        builder = x509.CertificateBuilder(name("Inspection CA"), name(subject), key.public_key())
        builder = builder.serial_number(x509.random_serial_number()).add_extension(extension, critical=False)
        builder = builder.not_valid_before(datetime.now(UTC) - timedelta(days=1))
        builder = builder.not_valid_after(datetime.now(UTC) + timedelta(days=1))
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca, server = folder / "ca.pem", folder / "server.pem"
    ca.write_bytes(made("Inspection CA", ca_key, x509.BasicConstraints(ca=True, path_length=None), ca_key))
    hosts = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    plain = serialization.NoEncryption()
    server.write_bytes(
        made("127.0.0.1", key, hosts, ca_key)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    return ca, server


def wheel() -> bytes:
    """Return a wheel of one module, `inspected`."""
    files = {
        "inspected.py": b"x = 1\n",
        "inspected-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: inspected\nVersion: 1.0\n",
        "inspected-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "inspected-1.0.dist-info/RECORD"
    lines = [f"{name},sha256={digest(content)},{len(content)}\n" for name, content in files.items()]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in {**files, record: "".join([*lines, f"{record},,\n"]).encode()}.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A package index behind TLS: its address and the CA's file."""
    ca, server = authority(tmp_path)
    file = "inspected-1.0-py3-none-any.whl"
    pages = {"/simple/inspected/": f'<a href="/{file}">{file}</a>'.encode(), f"/{file}": wheel()}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = pages.get(self.path)
            self.send_response(200 if content else 404)
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "application/zip")
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *arguments: Any) -> None: ...

    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server)
    listener.socket = context.wrap_socket(listener.socket, server_side=True)
    threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"https://127.0.0.1:{listener.server_address[1]}/simple/", ca
    listener.shutdown()
    listener.server_close()


@pytest.fixture
def install(index: tuple[str, Path], tmp_path: Path) -> Callable[..., Any]:
    """Install the wheel with what the Makefile calls uv; only the given certificates are named."""
    url, _ = index

    def run(program: str = "$(uv)", **variables: str) -> subprocess.CompletedProcess[str]:
        rule = (
            f"try: ; @{program} pip install --no-cache --no-deps --index-url {url} --no-config "
            f"--python $(BIN)/python --target {tmp_path / 'target'} inspected"
        )
        kept = {
            name: value
            for name, value in os.environ.items()
            if "CERT" not in name and "CA_BUNDLE" not in name
        }
        kept |= {"PIP_CONFIG_FILE": os.devnull, **variables}
        venv = Path(sys.prefix)
        return subprocess.run(
            ["make", "--silent", f"VENV={venv}", "--eval", rule, "try"],
            cwd=ROOT, env=kept, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return run


def test_a_proxy_that_nobody_trusts_is_not_trusted(install: Callable[..., Any]) -> None:
    done = install()
    assert done.returncode
    assert "certificate" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_what_pips_variables_name_is_trusted(
    install: Callable[..., Any], index: tuple[str, Path], tmp_path: Path, name: str
) -> None:
    done = install(**{name: str(index[1])})
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "target" / "inspected.py").exists()


def test_a_folder_of_certificates_is_one_too(
    install: Callable[..., Any], index: tuple[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "with certificates"
    folder.mkdir()
    (folder / "ca.pem").write_bytes(index[1].read_bytes())
    subprocess.run(["openssl", "rehash", str(folder)], check=True)
    done = install(REQUESTS_CA_BUNDLE=str(folder))
    assert done.returncode == 0, done.stderr


def test_what_pip_conf_names_is_trusted(
    install: Callable[..., Any], index: tuple[str, Path], tmp_path: Path
) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(f"[global]\ncert = {index[1]}\n")
    done = install(PIP_CONFIG_FILE=str(file))
    assert done.returncode == 0, done.stderr


def test_where_none_is_named_the_systems_are_used() -> None:
    """That uv then takes them is its own promise; here only that it is asked to."""
    kept = {
        name: value for name, value in os.environ.items() if "CERT" not in name and "CA_BUNDLE" not in name
    }
    done = subprocess.run(
        ["make", "--silent", f"VENV={sys.prefix}", "--eval", "try: ; @echo \'$(uv)\'", "try"],
        cwd=ROOT, env={**kept, "PIP_CONFIG_FILE": os.devnull}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert 'UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"' in done.stdout
    assert "SSL_CERT" not in done.stdout


def test_everything_that_is_downloaded_goes_that_way() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    assert [line for line in lines if "$(BIN)/uv" in line and "SSL_CERT" not in line] == []
