"""Deploys the CDK app onto the local AWS, and finds what it made through CloudFormation."""

import json
import os
import subprocess
from pathlib import Path

from deployment import Deployment
from environment import ROOT
from harness import ACCOUNT, REGION, LocalAws
from plain import HMAC_KEY, enable_ttl
from topology import BUCKETS, PROGRAMS, TABLES, VOICE_PROGRAMS

DEPLOY_SECONDS = 600
"""A custom resource that fails on the emulator waits instead of failing."""


def deploy(
    aws: LocalAws, settings: dict[str, str], folder: Path = ROOT / "cdk", assets: str = "lambda", own_files: Path | None = None
) -> Deployment:
    """Runs `cdk bootstrap` and `cdk deploy`. `settings` are names as in `aftercall config`; `own_files` is a folder with the files
    that these name."""
    context = {
        "local": "true", "assets": assets, "arch": "x86_64", "ephemeral": "true", "settings": json.dumps(settings),
        "bedrockEndpoint": aws.endpoint, "comprehendEndpoint": aws.endpoint,
    }
    if own_files is not None:
        context["ownFiles"] = str(own_files)
    options = [part for name, value in context.items() for part in ("-c", f"{name}={value}")]
    options += ["--output", str(aws.folder / "cdk.out")]
    _cdk(aws, folder, "bootstrap", f"aws://{ACCOUNT}/{REGION}", *options)
    _cdk(aws, folder, "deploy", "--all", "--require-approval", "never", *options)
    found = find(aws)
    for table, wanted in TABLES.items():
        if wanted.get("expires"):
            enable_ttl(aws, found.tables[table])
    return found


def smoke(aws: LocalAws, deployment: Deployment, folder: Path = ROOT / "cdk") -> str:
    """Runs the smoke command, and `reconcile` meanwhile, which the local scheduler is too slow for. Returns what it says."""
    command = ["npx", "--no-install", "tsx", "scripts/smoke.ts", "--warehouse", "--seconds", "90"]
    running = subprocess.Popen(
        command, cwd=folder, env=_environment(aws), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    while running.poll() is None:
        try:
            running.wait(1)
        except subprocess.TimeoutExpired:
            deployment.invoke("reconcile", {})
    return running.stdout.read()


def _cdk(aws: LocalAws, folder: Path, *arguments: str) -> None:
    command = ["npx", "--no-install", "cdk", *arguments]
    done = subprocess.run(
        command, cwd=folder, env=_environment(aws), capture_output=True, text=True, timeout=DEPLOY_SECONDS
    )
    (aws.folder / f"cdk-{arguments[0]}.log").write_text(done.stdout + done.stderr)
    if done.returncode != 0:
        raise RuntimeError(f"cdk {arguments[0]} failed: {(done.stdout + done.stderr)[-3000:]}")


def _environment(aws: LocalAws) -> dict[str, str]:
    return os.environ | aws.environment()


def find(aws: LocalAws) -> Deployment:
    """The physical names of everything that tests touch, by type and logical id."""
    made, resources = Deployment(aws), _resources(aws)
    for kind, logical, physical in resources:
        name = logical.lower()
        if kind == "AWS::Lambda::Function" and (program := _program(physical)):
            made.functions[program] = physical
        elif kind == "AWS::DynamoDB::Table" and (table := _first(name, TABLES)):
            made.tables[table] = physical
        elif kind == "AWS::S3::Bucket" and "log" not in name and (bucket := _first(name, BUCKETS)):
            made.buckets[bucket] = physical
        elif kind == "AWS::Kinesis::Stream":
            setattr(made, "insights" if "insight" in name else "stream", physical)
        elif kind == "AWS::Events::EventBus":
            made.bus = physical
        elif kind == "AWS::SQS::Queue" and (program := _program(_queue_name(physical).removesuffix("-dead-letters"))):
            target = made.dead_letters if _queue_name(physical).endswith("-dead-letters") else made.queues
            target[program] = physical if physical.startswith("http") else aws.client("sqs").get_queue_url(QueueName=physical)["QueueUrl"]
        elif kind == "AWS::SecretsManager::Secret":
            aws.client("secretsmanager").put_secret_value(SecretId=physical, SecretString=HMAC_KEY.decode())
    return made


def _resources(aws: LocalAws) -> list[tuple[str, str, str]]:
    cloudformation = aws.client("cloudformation")
    stacks = cloudformation.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])["StackSummaries"]
    found = []
    for stack in stacks:
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["StackName"])
        for page in pages:
            found += [
                (entry["ResourceType"], entry["LogicalResourceId"], entry.get("PhysicalResourceId", ""))
                for entry in page["StackResourceSummaries"]
            ]
    return found


def _queue_name(physical: str) -> str:
    """Name or address of a queue without what only says that it keeps an order."""
    return physical.removesuffix(".fifo")


def _program(physical: str) -> str | None:
    """The longest program name that a physical name ends with, so that `import` is not found in `reimport`."""
    fitting = [program for program in (*PROGRAMS, *VOICE_PROGRAMS) if physical.endswith(f"-{program}")]
    return max(fitting, key=len, default=None)


def _first(name: str, choices) -> str | None:
    return next((choice for choice in choices if name.startswith(choice)), None)
