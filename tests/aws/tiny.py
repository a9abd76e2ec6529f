"""Small functions in Python for testing the launcher and the harness where no Rust function is built.

They run as `provided.al2023` with a script as `bootstrap`, so they take the same way as the real functions.
"""

import io
import sys
import textwrap
import zipfile

from harness import LocalAws

_RUNTIME = """#!{python}
import base64, json, os, sys, time, urllib.request
API = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
_kept = {{}}

def client(service):
    import boto3
    from botocore.config import Config
    if service not in _kept:
        _kept[service] = boto3.client(service, config=Config(retries={{"total_max_attempts": 2}}, s3={{"addressing_style": "path"}}))
    return _kept[service]

def texts(event):
    return [base64.b64decode(r["kinesis"]["data"]).decode() for r in event["Records"]]

def post(path, value):
    urllib.request.urlopen(urllib.request.Request(API + path, json.dumps(value).encode())).read()

{handler}

while True:
    with urllib.request.urlopen(API + "next") as polled:
        invocation, event = polled.headers["Lambda-Runtime-Aws-Request-Id"], json.load(polled)
    try:
        answer = handler(event)
    except Exception as error:
        post(invocation + "/error", {{"errorType": type(error).__name__, "errorMessage": str(error)}})
    else:
        post(invocation + "/response", answer)
"""


def package(bootstrap: bytes, files: dict[str, bytes] | None = None) -> bytes:
    """A deployment package with this program as its bootstrap, and files beside it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, bootstrap)
        for name, content in (files or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def script(handler: str) -> str:
    """The program of a function. `handler` is Python that defines `handler(event)`; `texts(event)` and `client(service)` are there."""
    return _RUNTIME.format(python=sys.executable, handler=textwrap.dedent(handler))


def deploy(
    aws: LocalAws, name: str, handler: str, timeout: int = 20, files: dict[str, bytes] | None = None, **environment: str
) -> None:
    """Deploys a function, with files beside its program."""
    aws.client("lambda").create_function(
        FunctionName=name, Runtime="provided.al2023", Role="arn:aws:iam::000000000000:role/tiny", Handler="bootstrap",
        Code={"ZipFile": package(script(handler).encode(), files)}, Timeout=timeout, Environment={"Variables": environment},
    )
