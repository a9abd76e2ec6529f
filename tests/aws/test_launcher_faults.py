"""Faults, the journal of calls and Athena, as the launcher adds them to MiniStack, each seen with a small function."""

import time

import pytest

import tiny
from harness import LocalAws
from waiting import until


@pytest.fixture(scope="module")
def aws():
    with LocalAws() as running:
        yield running


CALLER = """
    def handler(event):
        for number in range(3):
            client("dynamodb").put_item(TableName="calls", Item={"pk": {"S": f"{event['run']}-{number}"}})
        return "done"
"""


@pytest.fixture(scope="module")
def caller(aws):
    """A function that makes three calls; the table that it writes to."""
    aws.client("dynamodb").create_table(
        TableName="calls", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    tiny.deploy(aws, "caller", CALLER)
    return aws


def written(aws: LocalAws, run: str) -> set[str]:
    items = aws.client("dynamodb").scan(TableName="calls")["Items"]
    return {item["pk"]["S"] for item in items if item["pk"]["S"].startswith(run)}


def test_the_nth_call_of_a_function_fails_with_all_its_retries(caller):
    caller.control("POST", "/_fault", {"function": "caller", "nth": 2, "code": "InternalServerError", "status": 500})
    with pytest.raises(RuntimeError, match="InternalServerError"):
        caller.invoke("caller", {"run": "fail"})
    assert written(caller, "fail") == {"fail-0"}
    assert caller.control("GET", "/_fault")[0]["hits"] == 2, "both attempts of the SDK"
    caller.control("DELETE", "/_fault")
    assert caller.invoke("caller", {"run": "fail"}) == "done"


@pytest.mark.parametrize(("action", "left"), [("kill_before", {"k-0"}), ("kill_after", {"k-0", "k-1"})])
def test_the_process_dies_at_its_nth_call(caller, action, left):
    caller.control("DELETE", "/_calls")
    caller.control("POST", "/_fault", {"function": "caller", "nth": 2, "action": action})
    with pytest.raises(RuntimeError, match="exited"):
        caller.invoke("caller", {"run": f"{action}-k"})
    assert written(caller, action) == {f"{action}-{name}" for name in left}
    assert [call["fault"] for call in caller.calls("caller")] == [None, action]
    assert caller.invoke("caller", {"run": f"{action}-k"}) == "done", "a new process takes over, and is not killed"
    caller.control("DELETE", "/_fault")


def test_throttling_and_delay_by_number_of_requests(caller):
    order = {"match": "dynamodb.PutItem", "code": "ProvisionedThroughputExceededException", "status": 400, "times": 1}
    caller.control("POST", "/_fault", order)
    assert caller.invoke("caller", {"run": "retried"}) == "done", "the SDK's own retry copes with one"
    caller.control("DELETE", "/_fault")
    caller.control("POST", "/_fault", {"match": "dynamodb.PutItem", "code": "", "delay_ms": 700})
    began = time.monotonic()
    caller.invoke("caller", {"run": "delayed"})
    assert time.monotonic() - began > 0.7
    caller.control("DELETE", "/_fault")


def test_an_order_that_cannot_be_understood_is_refused(aws):
    with pytest.raises(ValueError, match="unexpected keyword"):
        aws.control("POST", "/_fault", {"functoin": "caller"})
    with pytest.raises(ValueError, match="action"):
        aws.control("POST", "/_fault", {"action": "explode"})


def test_errors_of_s3_are_xml(aws):
    aws.client("s3").create_bucket(Bucket="faulty")
    tiny.deploy(aws, "storer", """
    def handler(event):
        client("s3").put_object(Bucket="faulty", Key="a", Body=b"a")
    """)
    aws.control("POST", "/_fault", {"function": "storer", "match": "s3.PutObject", "code": "SlowDown", "status": 503, "times": 9})
    with pytest.raises(RuntimeError, match="SlowDown"):
        aws.invoke("storer", {})
    aws.control("DELETE", "/_fault")
    aws.invoke("storer", {})
    assert [call["operation"] for call in aws.calls("storer")][-1] == "PutObject"


def test_athena_speaks_trino_and_remembers_views(aws):
    aws.client("s3").create_bucket(Bucket="answers")
    database = {"DatabaseInput": {"Name": "lake"}}
    aws.client("glue").create_database(**database)

    def ask(query: str) -> list[list[str]]:
        athena = aws.client("athena")
        started = athena.start_query_execution(
            QueryString=query, QueryExecutionContext={"Database": "lake"},
            ResultConfiguration={"OutputLocation": "s3://answers/"},
        )["QueryExecutionId"]

        def ended() -> dict | None:
            status = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
            return status if status["State"] in ("SUCCEEDED", "FAILED") else None

        status = until(ended, "the query ends")
        assert status["State"] == "SUCCEEDED", status
        rows = athena.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows[1:]]

    assert ask("SELECT date_format(from_iso8601_timestamp('2026-03-09T10:00:00Z'), '%Y-%m-%d') AS day") == [["2026-03-09"]]
    ask("CREATE OR REPLACE VIEW lake.numbers AS SELECT x FROM (VALUES 1, 2, 3) AS t(x)")
    ask("CREATE VIEW big AS SELECT x FROM numbers WHERE x > 1")
    assert ask("SELECT count(*) AS n FROM big") == [["2"]]
    ask("DROP VIEW IF EXISTS big")
