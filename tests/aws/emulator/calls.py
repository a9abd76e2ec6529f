"""Which function makes which AWS call: read off a request, and kept in a journal for assertions."""

import re
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs

TOKEN_PREFIX = "aftercall-process"
"""Session tokens of functions begin with this; every SDK sends the token with every signed request."""

_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([^/]+)/aws4_request")
_INGESTION = re.compile(r"/knowledgebases/[^/]+/datasources/[^/]+/ingestionjobs/?$")
_S3_SUBRESOURCES = ("uploads", "uploadId", "tagging", "acl", "versions", "delete", "notification", "encryption")
_REST = (
    (re.compile(r"/model/[^/]+/converse$"), "bedrock", "Converse"),
    (re.compile(r"/model/[^/]+/converse-stream$"), "bedrock", "ConverseStream"),
    (re.compile(r"/guardrail/[^/]+/version/[^/]+/apply$"), "bedrock", "ApplyGuardrail"),
    (re.compile(r"/knowledgebases/[^/]+/retrieve$"), "bedrock", "Retrieve"),
    (re.compile(r"/agents/[^/]+/agentAliases/[^/]+/sessions/[^/]+/text$"), "bedrock", "InvokeAgent"),
    (re.compile(r"/contact/outbound-voice$"), "connect", "StartOutboundVoiceContact"),
    (re.compile(r"^/contacts/[^/]+/[^/]+$"), "connect", "DescribeContact"),
    (re.compile(r"/functions/[^/]+/invocations$"), "lambda", "Invoke"),
)


@dataclass
class Call:
    """One HTTP request of a function to AWS. Retries by the SDK are calls of their own with the same `invocation`."""

    function: str
    process: int
    service: str
    operation: str
    invocation: str
    at: float = field(default_factory=time.time)
    status: int | None = None
    fault: str | None = None

    @property
    def name(self) -> str:
        """Service and operation, as `dynamodb.PutItem`."""
        return f"{self.service}.{self.operation}"


def session_token(function: str, process: int) -> str:
    """The token by which calls of this process of this function are known. `process` is its Runtime API port."""
    return f"{TOKEN_PREFIX}/{function}/{process}"


def read(method: str, path: str, query: str, headers: dict[str, str]) -> Call:
    """What a request is. `function` is empty where no function made it."""
    function, process = _caller(headers)
    service, operation = operation_of(method, path, query, headers)
    invocation = headers.get("amz-sdk-invocation-id") or f"{time.time_ns()}"
    return Call(function, process, service, operation, invocation)


def _caller(headers: dict[str, str]) -> tuple[str, int]:
    parts = headers.get("x-amz-security-token", "").split("/")
    if len(parts) == 3 and parts[0] == TOKEN_PREFIX:
        return parts[1], int(parts[2])
    return "", 0


def operation_of(method: str, path: str, query: str, headers: dict[str, str]) -> tuple[str, str]:
    """Service and operation of a request, by the rules of its protocol."""
    scope = _SCOPE.search(headers.get("authorization", ""))
    service = scope.group(1) if scope else ""
    if target := headers.get("x-amz-target"):
        return service or target.split("_")[0].lower(), target.rsplit(".", 1)[-1]
    if path.startswith("/service/") and "/operation/" in path:
        return service, path.rsplit("/", 1)[-1]
    for pattern, named, operation in _REST:
        if pattern.search(path):
            return named, operation
    if _INGESTION.search(path):
        return "bedrock", "StartIngestionJob" if method == "PUT" else "ListIngestionJobs"
    if service == "s3":
        return service, _s3_operation(method, path, query)
    return service, f"{method} {path}"


def _s3_operation(method: str, path: str, query: str) -> str:
    """S3 names its operations by method, depth of the path and sub-resource."""
    options = parse_qs(query, keep_blank_values=True)
    level = "Object" if path.strip("/").count("/") else "Bucket"
    special = next((name for name in _S3_SUBRESOURCES if name in options), None)
    if special == "uploads" and method == "POST":
        return "CreateMultipartUpload"
    if special == "uploadId":
        return {"PUT": "UploadPart", "POST": "CompleteMultipartUpload"}.get(method, "AbortMultipartUpload")
    if special:
        return f"{method.capitalize()}{level}{special.capitalize()}"
    if method == "GET" and level == "Bucket":
        return "ListObjectsV2"
    return f"{method.capitalize()}{level}"


class Journal:
    """The calls of functions, in order."""

    def __init__(self) -> None:
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Notes a call."""
        self._calls.append(call)

    def clear(self) -> None:
        """Forgets all calls."""
        self._calls.clear()

    def of(self, function: str | None) -> list[Call]:
        """The calls of one function, or of all."""
        return [call for call in self._calls if function in (None, "", call.function)]
