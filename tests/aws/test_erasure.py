"""A customer is erased from everything that a deployment keeps, and nothing that is delivered again brings anything back."""

import base64
import json

import duckdb
import pytest

import warehouse
from conftest import FAST_CLOCK
from harness import LocalAws
from inputs import SAMPLES, Input, deliver_all, samples
from plain import deploy_plain

ERASED = "e5f44f97-d603-4414-8dd6-dbf180f909c1"
OTHER = "af78340c-d848-4912-b34f-c6829e41bc66"
BUCKETS = ("raw", "analysis", "warehouse")
TABLES = ("segments", "contacts", "results", "index")


def phone_of(contact: str) -> str:
    """The number of a sample's customer, as its record has it."""
    lines = (SAMPLES / "streams" / "contact-records-2026-03.jsonl").read_text().splitlines()
    return next(record["CustomerEndpoint"]["Address"] for record in map(json.loads, lines) if record["ContactId"] == contact)


def routed(deployment, contact: str) -> str:
    """A message that calls a stage for a contact's newest revision."""
    key, item = next((key, item) for key, item in deployment.contacts().items() if key.endswith(contact))
    revision = json.loads(item["state"]["S"])["analysis"]["key"]
    instance = key.split("/")[0]
    detail = {
        "instance_id": instance, "contact_id": contact, "revision_key": revision, "use_cases": [], "stages": ["sentiment"],
        "conversation_key": f"conversations/{instance}/{contact}/{revision}.json",
    }
    return json.dumps({"source": "aftercall", "detail-type": "ContactRouted", "detail": detail})


def given_up(contacts: list[str]) -> bytes:
    """A batch of the stream as Lambda leaves it when it gives it up."""
    data = [base64.b64encode(json.dumps({"ContactId": contact}).encode()).decode() for contact in contacts]
    records = [{"kinesis": {"sequenceNumber": str(number), "partitionKey": "k", "data": text}} for number, text in enumerate(data)]
    return json.dumps({"requestContext": {}, "payload": json.dumps({"Records": records})}).encode()


def bodies(deployment, program: str) -> list[str]:
    """The messages of a function's dead letter queue; they stay there."""
    queue = deployment.dead_letters[program]
    found = deployment.aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in found.get("Messages", [])]


@pytest.fixture(scope="module")
def world(programs, tmp_path_factory):
    """A deployment with the samples, dumped; and of two contacts something in each place where things are given up."""
    with LocalAws({"QUEUE_SPEED": "60"}) as aws:
        deployment = deploy_plain(aws, programs, FAST_CLOCK)
        deliver_all(deployment, samples())
        broken = f'{{"Version": "1.1.0", "CustomerMetadata": {{"ContactId": "{ERASED}"}}, "Transcript": ['.encode()
        deliver_all(deployment, [Input("broken", broken, "cut-off.json", broken=True)])
        deployment.settle()
        assert broken in deployment.quarantined()
        warehouse.dumped_rows(deployment, tmp_path_factory.mktemp("before"))
        for contact in (ERASED, OTHER):
            aws.client("sqs").send_message(QueueUrl=deployment.dead_letters["sentiment"], MessageBody=routed(deployment, contact))
        aws.client("s3").put_object(Bucket=deployment.buckets["raw"], Key="aws/lambda/1/x", Body=given_up([ERASED, OTHER]))
        aws.client("s3").put_object(Bucket=deployment.buckets["raw"], Key="aws/lambda/1/y", Body=given_up([ERASED]))
        yield deployment


def speaks_of(deployment, contact: str) -> list[str]:
    """Every place of the deployment where a contact's id stands, but for its tombstone."""
    found = [f"{bucket}: {key}" for bucket in BUCKETS for key, content in deployment.objects(bucket).items()
             if contact in key or contact.encode() in content]
    for table in TABLES:
        for item in deployment.items(table):
            is_tombstone = table == "contacts" and set(item) == {"pk", "erased"}
            if contact in json.dumps(item, default=str) and not is_tombstone:
                found.append(f"{table}: {sorted(item)} {item['pk']}")
    return found


def rows_about(deployment, folder, contact: str) -> dict[str, int]:
    """Rows of the Parquet files, whatever manifests say."""
    warehouse._download(deployment, folder)
    counts = {}
    for table in warehouse.TABLES:
        if (folder / "warehouse" / table).is_dir():
            query = f"SELECT count(*) FROM {warehouse._files(folder / 'warehouse', table)} WHERE contact_id = '{contact}'"
            counts[table] = duckdb.execute(query).fetchone()[0]
    return counts


def test_a_dry_run_removes_nothing(world):
    before = {bucket: world.objects(bucket) for bucket in BUCKETS}
    report = world.invoke("erase", {"customer": phone_of(ERASED), "dry_run": True})
    assert report["dry_run"] and any(key.endswith(ERASED) for key in report["erased"])
    assert {bucket: world.objects(bucket) for bucket in BUCKETS} == before


def test_nothing_of_a_customer_is_left(world, tmp_path):
    others_before = rows_about(world, tmp_path / "before", OTHER)
    assert rows_about(world, tmp_path / "before", ERASED)["turns"] > 0
    # The key was changed since the contact came, and people write numbers with spaces.
    secrets = world.aws.client("secretsmanager")
    secret = secrets.list_secrets()["SecretList"][0]["ARN"]
    secrets.put_secret_value(SecretId=secret, SecretBinary=b"another key of thirty-two bytes!")
    number = phone_of(ERASED)
    report = world.invoke("erase", {"customer": f"{number[:3]} {number[3:6]}-{number[6:]}"})
    erased = next(one for key, one in report["erased"].items() if key.endswith(ERASED))
    assert erased["letters"] == ["sentiment", "aws/lambda/1/x", "aws/lambda/1/y"]
    assert len(erased["quarantined"]) == 1 and erased["parquet_rows"]["turns"] > 0
    assert any(key.startswith("incoming/") for key in erased["objects"]), "a document of its own is ours to remove"
    assert len(report["out_of_reach"]) > 4
    assert speaks_of(world, ERASED) == []
    assert sum(rows_about(world, tmp_path / "after", ERASED).values()) == 0
    assert rows_about(world, tmp_path / "after", OTHER) == others_before
    assert [json.loads(body)["detail"]["contact_id"] for body in bodies(world, "sentiment")] == [OTHER]
    left, = world.objects("raw", "aws/lambda/").values()
    assert len(json.loads(json.loads(left)["payload"])["Records"]) == 1


def test_no_redelivery_brings_it_back(world, tmp_path):
    letters = world.lost()
    own = [input_ for input_ in samples() if input_.contact == ERASED]
    assert own
    deliver_all(world, own)
    # A call of a stage that was still under way.
    instance = next(key.split("/")[0] for key in world.contacts() if key.endswith(ERASED))
    message = json.loads(routed(world, OTHER))
    message["detail"] |= {"instance_id": instance, "contact_id": ERASED}
    world.aws.client("sqs").send_message(QueueUrl=world.queues["sentiment"], MessageBody=json.dumps(message))
    # Until everything is at rest the second pass has run too.
    world.settle(180)
    passes = [call for call in world.aws.calls(world.functions["erase"]) if call["operation"] == "UpdateItem"]
    assert len(passes) > 1, "it is erased once more, when everything that was at work has ended"
    world.invoke("analytics-dump", {})
    assert sum(rows_about(world, tmp_path / "again", ERASED).values()) == 0
    places = [place for place in speaks_of(world, ERASED) if "incoming/" not in place]
    assert places == []
    assert world.lost() == letters, "nobody tries for ever"


@pytest.mark.parametrize("case", range(8))
def test_killed_at_some_call_and_made_again(world, tmp_path, case):
    """That it comes to the same end after every call is tested over memory and SQLite; here the function's process dies."""
    contacts = sorted(key for key, item in world.contacts().items() if "state" in item and not key.endswith(OTHER))
    contact = contacts[0].split("/", 1)[1]
    action = ("kill_before", "kill_after")[case % 2]
    world.aws.control("POST", "/_fault", {"function": world.functions["erase"], "nth": 2 + 5 * case, "action": action})
    try:
        world.invoke("erase", {"contact": contacts[0]})
    except RuntimeError as died:
        print(f"as it was to: {died}")
    # It may have been the second pass of a contact before that died; that comes again by itself.
    faults = world.aws.control("GET", "/_fault")
    world.aws.control("DELETE", "/_fault")
    assert [fault["hits"] for fault in faults] == [1]
    world.invoke("erase", {"contact": contacts[0]})
    # Contacts of the same journey name it in their own records; nothing is left under its own name.
    assert [place for place in speaks_of(world, contact) if contact in place] == []
    assert sum(rows_about(world, tmp_path, contact).values()) == 0


def test_a_request_that_names_nobody_is_refused(world):
    with pytest.raises(RuntimeError, match="docs/aws.md"):
        world.invoke("erase", {"phone": "+15550100"})
