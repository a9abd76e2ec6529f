"""The stand-ins through the SDK: what AWS refuses they refuse, and answers have the form that was asked for."""

import json
import threading
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator.calls import operation_of
from standins.serve import server
from waiting import until

STATEMENT = {
    "type": "object", "additionalProperties": False, "required": ["text", "turns"],
    "properties": {"text": {"type": "string"}, "turns": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1}},
}
COMMITMENT = {
    "type": "object", "required": ["who", "what", "turns", "when"],
    "properties": {
        "who": {"enum": ["CUSTOMER", "AGENT"]}, "what": {"type": "string"}, "when": {"type": ["string", "null"]},
        "turns": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
    },
}
SCHEMA = {
    "type": "object", "required": ["reason", "agent_actions", "resolution", "commitments"],
    "properties": {
        "reason": {"anyOf": [STATEMENT, {"type": "null"}]},
        "agent_actions": {"type": "array", "items": STATEMENT, "maxItems": 12},
        "resolution": {"enum": ["resolved", "unresolved", None]},
        "commitments": {"type": "array", "items": COMMITMENT, "maxItems": 12},
    },
}
TURNS = [
    {"turn": 0, "speaker": "AGENT", "text": "Good morning, how can I help you?"},
    {"turn": 1, "speaker": "CUSTOMER", "text": "I have lost my card \u003ctoday\u003e in London."},
]
MODEL = "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.fixture(scope="module")
def standins(tmp_path_factory):
    record = tmp_path_factory.mktemp("standins") / "record.jsonl"
    running = server(0, record)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}", record
    running.shutdown()


@pytest.fixture
def client(standins):
    address, _ = standins

    def make(service: str):
        return boto3.client(
            service, endpoint_url=address, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
            config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
        )

    yield make
    urllib.request.urlopen(urllib.request.Request(f"{address}/_script", method="DELETE")).read()


def order(standins, **fields) -> None:
    body = json.dumps(fields).encode()
    urllib.request.urlopen(urllib.request.Request(f"{standins[0]}/_script", data=body, method="POST")).read()


def conversation(**changes) -> dict:
    """A request as the summary stages make it."""
    lines = "\n".join(json.dumps(turn) for turn in TURNS)
    return {
        "modelId": MODEL,
        "system": [{"text": "Summarise. " * 300}, {"cachePoint": {"type": "default"}}],
        "messages": [{"role": "user", "content": [{"text": f"<transcript-1>\n{lines}\n</transcript-1>"}]}],
        "toolConfig": {
            "tools": [{"toolSpec": {"name": "report", "inputSchema": {"json": SCHEMA}}}], "toolChoice": {"tool": {"name": "report"}},
        },
    } | changes


def refused(call, **request) -> str:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response["Error"]["Code"]


def test_a_forced_tool_call_quotes_turns_that_exist(client):
    answer = client("bedrock-runtime").converse(**conversation())
    assert answer["stopReason"] == "tool_use"
    use = answer["output"]["message"]["content"][0]["toolUse"]
    assert use["name"] == "report"
    assert use["input"]["reason"] == {"text": "I have lost my card <today> in London.", "turns": [1]}
    assert use["input"]["agent_actions"] == [{"text": "Good morning, how can I help you?", "turns": [0]}]
    assert use["input"]["resolution"] == "resolved"
    assert use["input"]["commitments"][0]["who"] == "AGENT"
    assert set(use["input"]["commitments"][0]) == {"who", "what", "turns", "when"}


def test_a_prefix_is_written_to_the_cache_once_and_read_from_then_on(client):
    system = [{"text": "Another prefix. " * 300}, {"cachePoint": {"type": "default"}}]
    first, second = (client("bedrock-runtime").converse(**conversation(system=system))["usage"] for _ in range(2))
    assert first["cacheWriteInputTokens"] > 512 and first["cacheReadInputTokens"] == 0
    assert second["cacheReadInputTokens"] == first["cacheWriteInputTokens"] and second["cacheWriteInputTokens"] == 0
    short = client("bedrock-runtime").converse(**conversation(system=[{"text": "Short."}, {"cachePoint": {"type": "default"}}]))
    assert short["usage"]["cacheWriteInputTokens"] == 0


@pytest.mark.parametrize(
    ("what", "changes"),
    [
        ("starts with the assistant", {"messages": [{"role": "assistant", "content": [{"text": "a"}]}]}),
        ("two users in a row", {"messages": [{"role": "user", "content": [{"text": "a"}]}] * 2}),
        ("unknown role", {"messages": [{"role": "bot", "content": [{"text": "a"}]}]}),
        ("blank text", {"messages": [{"role": "user", "content": [{"text": " "}]}]}),
        ("no content", {"messages": [{"role": "user", "content": []}]}),
        ("use without result", {"messages": [
            {"role": "user", "content": [{"text": "a"}]},
            {"role": "assistant", "content": [{"toolUse": {"toolUseId": "t1", "name": "report", "input": {}}}]},
            {"role": "user", "content": [{"text": "again"}]},
        ]}),
        ("tool that does not exist", {"toolConfig": {**conversation()["toolConfig"], "toolChoice": {"tool": {"name": "other"}}}}),
        ("maxTokens of nothing", {"inferenceConfig": {"maxTokens": 0}}),
        ("temperature above one", {"inferenceConfig": {"temperature": 1.5}}),
        ("temperature for a model without", {"modelId": "anthropic.claude-sonnet-5", "inferenceConfig": {"temperature": 0.0}}),
        ("five cache points", {"system": [{"text": "a"}, *[{"cachePoint": {"type": "default"}}] * 5]}),
    ],
)
def test_converse_refuses_what_bedrock_refuses(client, what, changes):
    assert refused(client("bedrock-runtime").converse, **conversation(**changes)) == "ValidationException", what


def test_unknown_and_missing_fields_are_refused(standins):
    def post(body: dict) -> tuple[int, dict]:
        request = urllib.request.Request(f"{standins[0]}/model/m/converse", data=json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    good = {"messages": [{"role": "user", "content": [{"text": "a"}]}]}
    assert post(good)[0] == 200
    assert post(good | {"inferenceConfig": {"max_tokens": 5}}) [1]["__type"] == "ValidationException"
    assert post(good | {"inferenceConfig": {"maxTokens": "5"}})[1]["__type"] == "SerializationException"
    assert post({"messages": [{"content": [{"text": "a"}]}]})[1]["__type"] == "ValidationException"
    assert post({"messages": [{"role": "user", "content": [{"text": "a", "json": {}}]}]})[1]["__type"] == "ValidationException"


def test_ordered_behaviours_of_converse(client, standins):
    converse = client("bedrock-runtime").converse
    order(standins, service="bedrock", behaviour="throttle", times=2)
    assert [refused(converse, **conversation()) for _ in range(2)] == ["ThrottlingException"] * 2
    order(standins, service="bedrock", behaviour="invalid_answer", times=1)
    assert converse(**conversation())["output"]["message"]["content"][0]["toolUse"]["input"] == {"reason": 7, "surprise": True}
    for behaviour, reason in (("refusal", "content_filtered"), ("guardrail", "guardrail_intervened"), ("max_tokens", "max_tokens")):
        order(standins, service="bedrock", behaviour=behaviour, times=1)
        assert converse(**conversation())["stopReason"] == reason
    order(standins, service="bedrock", behaviour="error", code="ModelNotReadyException", status=429, match="London", times=1)
    assert refused(converse, **conversation()) == "ModelNotReadyException"
    assert converse(**conversation())["stopReason"] == "tool_use"


def test_a_repaired_conversation_is_taken(client):
    first = client("bedrock-runtime").converse(**conversation())["output"]["message"]
    result = {"toolResult": {"toolUseId": first["content"][0]["toolUse"]["toolUseId"], "content": [{"text": "wrong form"}], "status": "error"}}
    messages = [*conversation()["messages"], first, {"role": "user", "content": [result]}]
    assert client("bedrock-runtime").converse(**conversation(messages=messages))["stopReason"] == "tool_use"


def test_guardrail_and_retrieve(client):
    apply = client("bedrock-runtime").apply_guardrail
    request = {"guardrailIdentifier": "g", "guardrailVersion": "1", "source": "INPUT"}
    assert apply(**request, content=[{"text": {"text": "hello"}}])["action"] == "NONE"
    masked = apply(**request, content=[{"text": {"text": "write to a@example.com"}}])
    assert masked["outputs"] == [{"text": "write to {EMAIL}"}]
    retrieve = client("bedrock-agent-runtime").retrieve
    question = {"retrievalQuery": {"text": "how is an eSIM activated in the app"}}
    assert retrieve(knowledgeBaseId="KB12345678", **question)["retrievalResults"][0]["metadata"]["topic"] == "esim"
    only_bank = {"vectorSearchConfiguration": {"filter": {"equals": {"key": "company", "value": "bank"}}}}
    found = retrieve(knowledgeBaseId="KB12345678", retrievalConfiguration=only_bank, **question)["retrievalResults"]
    assert all(result["metadata"]["company"] == "bank" for result in found)
    assert refused(retrieve, knowledgeBaseId="KB12345678", retrievalQuery={"text": "a" * 20001}) == "ValidationException"


def test_batch_sentiment_answers_by_index_with_partial_errors(client):
    texts = ["Thank you, that is great.", "[[comprehend:error]]", "It is broken and wrong.", "The door.", "Great, but broken."]
    answer = client("comprehend").batch_detect_sentiment(TextList=texts, LanguageCode="en")
    labels = {found["Index"]: found["Sentiment"] for found in answer["ResultList"]}
    assert labels == {0: "POSITIVE", 2: "NEGATIVE", 3: "NEUTRAL", 4: "MIXED"}
    assert [error["Index"] for error in answer["ErrorList"]] == [1]
    assert client("comprehend").detect_sentiment(Text="Thanks!", LanguageCode="es")["Sentiment"] == "POSITIVE"


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"TextList": ["a"] * 26, "LanguageCode": "en"}, "BatchSizeLimitExceededException"),
        ({"TextList": ["ä" * 2501], "LanguageCode": "en"}, "TextSizeLimitExceededException"),
        ({"TextList": ["a"], "LanguageCode": "en-US"}, "UnsupportedLanguageException"),
        ({"TextList": [""], "LanguageCode": "en"}, "ValidationException"),
        ({"TextList": [], "LanguageCode": "en"}, "ValidationException"),
        ({"TextList": ["a"]}, "ValidationException"),
    ],
)
def test_comprehend_enforces_its_limits(client, request_, code):
    assert refused(client("comprehend").batch_detect_sentiment, **request_) == code


def test_every_request_is_recorded_also_refused_ones(client, standins):
    client("comprehend").detect_sentiment(Text="recorded", LanguageCode="en")
    refused(client("comprehend").detect_sentiment, Text="recorded", LanguageCode="xx")
    lines = [json.loads(line) for line in standins[1].read_text().splitlines()][-2:]
    assert [line["status"] for line in lines] == [200, 400]
    assert lines[0]["request"] == {"Text": "recorded", "LanguageCode": "en"}


PASSAGES = "<passages>\n[1] Roaming costs two euros a day. It ends at midnight.\n[2] The gold plan has data.\n</passages>\n"
ANSWER = {"type": "object", "properties": {"answer": {"type": "string"}, "passages": {"type": "array", "items": {"type": "integer"}}}}


def question(text: str) -> dict:
    """A request as the voice agent makes it, with the question where the guardrail looks."""
    asked = {"guardContent": {"text": {"text": f"<question>{text}</question>"}}}
    tools = [{"toolSpec": {"name": "report_answer", "inputSchema": {"json": ANSWER}}}]
    return conversation(
        messages=[{"role": "user", "content": [{"text": PASSAGES}, asked]}],
        toolConfig={"tools": tools, "toolChoice": {"tool": {"name": "report_answer"}}},
    )


def test_a_question_is_answered_with_a_passage_or_not_at_all(client, standins):
    def asked(text: str) -> dict:
        answer = client("bedrock-runtime").converse(**question(text))
        return answer["output"]["message"]["content"][0]["toolUse"]["input"]

    assert asked("What does roaming cost?") == {"answer": "Roaming costs two euros a day. It ends at midnight.", "passages": [1]}
    assert asked("Who won?") == {"answer": "", "passages": []}
    order(standins, behaviour="invented", operation="Converse")
    assert asked("What does roaming cost?")["answer"] not in PASSAGES


def test_an_agent_answers_as_a_stream_with_its_sources(client):
    def asked(text: str) -> tuple[str, list[str]]:
        invoked = client("bedrock-agent-runtime").invoke_agent(agentId="A", agentAliasId="B", sessionId="c", inputText=text)
        chunks = [event["chunk"] for event in invoked["completion"]]
        cited = [citation for chunk in chunks for citation in chunk.get("attribution", {}).get("citations", [])]
        references = [reference for citation in cited for reference in citation["retrievedReferences"]]
        uris = [reference["location"]["s3Location"]["uri"] for reference in references]
        return b"".join(chunk["bytes"] for chunk in chunks).decode(), uris

    text, sources = asked("How is an eSIM activated?")
    assert "scanning the code" in text and sources == ["s3://amzn-s3-demo-bucket/knowledge/esim.md"]
    assert asked("Who won?") == ("Sorry, I have nothing on that.", [])


def test_ingestion_jobs_run_one_at_a_time_and_once_by_their_token(client):
    source = {"knowledgeBaseId": "KBLOCAL001", "dataSourceId": "DSLOCAL001"}
    start = lambda token: client("bedrock-agent").start_ingestion_job(**source, clientToken=token)["ingestionJob"]
    newest = lambda: client("bedrock-agent").list_ingestion_jobs(
        **source, sortBy={"attribute": "STARTED_AT", "order": "DESCENDING"}, maxResults=1
    )["ingestionJobSummaries"]
    assert newest() == []
    first = start("a" * 33)
    assert start("a" * 33)["ingestionJobId"] == first["ingestionJobId"]
    assert refused(client("bedrock-agent").start_ingestion_job, **source, clientToken="b" * 33) == "ConflictException"
    until(lambda: newest()[0]["status"] == "COMPLETE", "the job has ended")
    assert start("b" * 33)["ingestionJobId"] != first["ingestionJobId"] and len(newest()) == 1


def test_connect_makes_one_contact_of_a_client_token(client):
    call = {"DestinationPhoneNumber": "+14155550100", "ContactFlowId": "f", "InstanceId": "i", "ClientToken": "t"}
    start = lambda **changes: client("connect").start_outbound_voice_contact(**call | changes)["ContactId"]
    assert start() == start() != start(ClientToken="u")
    assert refused(start, DestinationPhoneNumber="") == "InvalidRequestException"
    assert refused(start, Attributes={"x": 7}) == "SerializationException"


def test_connect_knows_the_number_of_a_contact_and_objects_are_no_contacts(client):
    describe = lambda ContactId: client("connect").describe_contact(InstanceId="i", ContactId=ContactId)["Contact"]
    assert describe("11111111-2222-3333-4444-555555555557")["CustomerEndpoint"]["Address"] == "+14155550177"
    assert "CustomerEndpoint" not in describe("11111111-2222-3333-4444-555555555558")
    assert refused(describe, ContactId="11111111-2222-3333-4444-555555555559") == "ResourceNotFoundException"
    # An object's key may have such a folder in it.
    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=A/20261126/us-east-1/s3/aws4_request, x"}
    assert operation_of("PUT", "/bucket/warehouse/contacts/dt=2026-03-09/1.parquet", "", signed) == ("s3", "PutObject")
