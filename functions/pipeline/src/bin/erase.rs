//! On demand: erases a contact, or all contacts of a customer. Event: `{"contact": "<instance>/<contact>"}` or `{"customer":
//! "<phone or id>"}`, with `"dry_run": true` to look first. Answer: what was removed of each contact, and what is out of
//! reach. Each contact is erased once more when everything that was at work has ended.

use std::time::Duration;

use aftercall_aws::dynamodb::KeptAnswers;
use aftercall_aws::s3::Zone;
use aftercall_functions::dead_letters::Queued;
use aftercall_functions::environment::Environment;
use aftercall_functions::own_queue::{LATER, own_queue};
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{as_json, deadline, report, run_in_time, start_log};
use aftercall_schemas::ContactKey;
use aftercall_stages::handle::again::{Called, ComesAgain, OwnQueue, called, each_message};
use aftercall_stages::handle::batch::Handled;
use aftercall_stages::handle::envelope::Message;
use aftercall_stages::ports::KeptElsewhere;
use aftercall_warehouse::customers::CustomerPorts;
use aftercall_warehouse::erase::{ErasePorts, INCOMING, Mode};
use aftercall_warehouse::request::{Request, Who, erase_all, find};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), lambda_runtime::Error> {
    start_log();
    let queue = own_queue().await?;
    let parts = Parts::load().await?;
    let letters = Queued::of_environment(&parts.config)?;
    let answers = Environment::of_process().optional("AFTERCALL_ANSWERS_TABLE");
    let answers = answers.map(|table| KeptAnswers::new(&parts.config, &table));
    let own = format!("s3://{}/{INCOMING}", parts.buckets.raw);
    let elsewhere = elsewhere(parts.raw_days);
    let elsewhere: Vec<&str> = elsewhere.iter().map(String::as_str).collect();
    let ports = ErasePorts {
        tables: &*parts.tables,
        inputs: &*parts.tables,
        quarantine: &*parts.tables,
        objects: &*parts.objects,
        letters: &letters,
        elsewhere: answers.as_ref().map(|answers| answers as &dyn KeptElsewhere),
        own_documents: Some(&own),
        clock: &parts.clock,
    };
    let customers =
        CustomerPorts { index: &*parts.tables, open: &*parts.tables, inputs: &*parts.tables, objects: &*parts.objects };
    let erase = async |request: &str, again: bool| {
        let (who, mode) = Request::parse(request, &parts.settings.instance_id)?;
        // Each time: the key may have been changed since the function was started.
        let keys = if matches!(who, Who::Customer(_)) { parts.hmac_keys().await? } else { Vec::new() };
        let contacts = find(customers, &keys, &who).await?;
        if mode == Mode::Erase && !again {
            for contact in &contacts {
                queue.send(&request_of(contact), LATER).await?;
            }
        }
        erase_all(ports, &contacts, mode, &elsewhere).await
    };
    parts.warm(&[Zone::Raw, Zone::Analysis, Zone::Warehouse], vec![]).await;
    run_in_time(async |event: &str, left: Duration| match called(event)? {
        Called::Asked(request) => as_json(&erase(request, false).await?),
        Called::Again(messages) => {
            let does = async |message: &Message| match erase(&message.body, true).await {
                Ok(_) => Ok(Handled::default()),
                Err(error) => Err(ComesAgain::from(error)),
            };
            as_json(&report("erase", each_message(&messages, deadline(left), &queue, does).await))
        }
    })
    .await
}

fn request_of(contact: &ContactKey) -> String {
    json!({ "contact": contact.to_string() }).to_string()
}

/// What a deployment keeps besides; times are those of `cdk/`.
fn elsewhere(raw_days: u32) -> Vec<String> {
    vec![
        "Work that was under way: the contact is erased once more in 15 minutes, when every call has ended.".into(),
        "Backups of the tables (point in time, 35 days) and versions of objects that were removed (30 days).".into(),
        "The streams: events 7 days, insights 1 day; a record cannot be taken out of one.".into(),
        format!("Files under incoming/ that hold other contacts too: they go after {raw_days} days."),
        "The recordings of Connect, and buckets of others that files were imported from.".into(),
        "What was learned of its conversations, redacted, and somebody approved: documents of the voice agent.".into(),
    ]
}
