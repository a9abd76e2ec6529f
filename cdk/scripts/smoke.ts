// Sends one contact into a deployment and waits until it has been analysed and, with --warehouse, until it is in the warehouse.
// Without this nobody knows whether a deployment receives anything.
//
//   npm run smoke -- [--name aftercall] [--seconds 120] [--warehouse]
//
// The dump takes what was published before `dump.lag_seconds` (20 minutes by default), so the warehouse takes that long.

import { DynamoDBClient, GetItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { flag, NAME, needed, ON_AWS, outputsOf } from './deployed';
import { Manifest, MANIFESTS, manifestOf, publishedAt } from './manifest';

const INSTANCE = 'smoke';

/** A conversation of nobody, with a bot and an agent, so that every stage has something to do. */
function sampleContact(id: string): object {
  const turn = (role: string, text: string, second: number) => ({
    role,
    text,
    start_ms: second * 1000,
    end_ms: (second + 3) * 1000,
  });
  return {
    contact_id: id,
    instance_id: INSTANCE,
    source: 'smoke',
    channel: 'chat',
    language: 'en-US',
    start_time: new Date(Date.now() - 60_000).toISOString(),
    turns: [
      turn('customer', 'Hello, my parcel has not arrived and I am annoyed.', 0),
      turn('bot', 'I am sorry to hear that. Which order is it?', 4),
      turn('customer', 'Order number four two. Please give me a person.', 9),
      turn('agent', 'Good morning. I see the parcel is at the depot. I will have it delivered tomorrow.', 20),
      turn('customer', 'Great, thank you, that helps a lot.', 30),
    ],
  };
}

/** Asks until there is an answer, or the time is over. */
async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined>): Promise<T> {
  const started = Date.now();
  for (;;) {
    const answer = await ask();
    const waited = (Date.now() - started) / 1000;
    if (answer !== undefined) {
      console.log(`${what} after ${waited.toFixed(1)} s`);
      return answer;
    }
    if (waited > seconds) throw new Error(`${what}: not after ${seconds} s`);
    await sleep(1000);
  }
}

async function main(): Promise<void> {
  const seconds = Number(flag('seconds') ?? 120);
  const pipeline = await outputsOf('pipeline');
  const contacts = needed(pipeline, 'ContactsTableName');
  const results = needed(pipeline, 'ResultsTableName');
  const dynamodb = new DynamoDBClient({});

  const id = randomUUID();
  const key = `${INSTANCE}/${id}`;
  await new KinesisClient({}).send(
    new PutRecordCommand({
      StreamName: needed(pipeline, 'EventsStreamName'),
      PartitionKey: id,
      Data: Buffer.from(JSON.stringify(sampleContact(id))),
    }),
  );
  console.log(`sent contact ${key}`);

  let last = '';
  const item = await until('analysed', seconds, async () => {
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: contacts, Key: { pk: { S: key } }, ConsistentRead: true }),
    );
    const phase = Item?.phase?.S ?? 'not there yet';
    if (phase !== last) console.log(`  contact: ${phase}`);
    last = phase;
    return phase === 'complete' || phase === 'partial' ? Item : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; the contact is ${last}. ${hint(last)}`);
  });

  const revision = /"key":"([0-9a-f]+)"/.exec(item.state?.S ?? '')?.[1];
  if (revision !== undefined) {
    const { Items } = await dynamodb.send(
      new QueryCommand({
        TableName: results,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :revision)',
        ExpressionAttributeValues: { ':pk': { S: key }, ':revision': { S: `${revision}#` } },
      }),
    );
    console.log(`results: ${(Items ?? []).map((one) => one.sk?.S).join(', ') || 'none found'}`);
  }
  if (flag('warehouse') !== undefined) await intoWarehouse(publishedAt(item.state?.S ?? ''));
  console.log('the deployment works');
}

/** Has the dump run, again and again, until it has written the window that the contact's analysis was published in. */
async function intoWarehouse(published: number): Promise<void> {
  const bucket = needed(await outputsOf('warehouse'), 'WarehouseBucketName');
  const s3 = new S3Client({ forcePathStyle: !ON_AWS });
  const manifests = async (): Promise<string[]> => {
    const keys: string[] = [];
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: MANIFESTS })) {
      keys.push(...(page.Contents ?? []).map((object) => object.Key ?? ''));
    }
    return keys;
  };
  const read = async (key: string): Promise<Manifest> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return JSON.parse((await Body?.transformToString()) ?? '') as Manifest;
  };
  const lambda = new LambdaClient({});
  console.log('waiting for the dump, which leaves the last minutes alone');
  const manifest = await until('in the warehouse', 45 * 60, async () => {
    const { FunctionError, Payload } = await lambda.send(
      new InvokeCommand({ FunctionName: `${NAME}-analytics-dump`, Payload: Buffer.from('{}') }),
    );
    if (FunctionError !== undefined) throw new Error(`analytics-dump: ${Buffer.from(Payload ?? []).toString()}`);
    const written = await manifestOf(published, await manifests(), read);
    if (written === undefined) await sleep(15_000);
    return written;
  });
  console.log(`manifest: ${manifest}`);
}

/** Where to look, by how far the contact came. */
function hint(phase: string): string {
  if (phase === 'not there yet') return `Look at the log of ${NAME}-ingest, and at the mapping from the stream.`;
  if (phase === 'collecting') return `Look at the log of ${NAME}-reconcile: it makes contacts ready.`;
  if (phase === 'ready') return `Look at the log of ${NAME}-routing, and at the mapping from the contacts table.`;
  if (phase === 'quarantined') return `Look into quarantine/ in the raw bucket for the reason.`;
  return `Look at the logs and queues of the stages, and at ${NAME}-publish.`;
}

main().catch((error: Error) => {
  console.error(`smoke: ${error.message}`);
  process.exitCode = 1;
});
