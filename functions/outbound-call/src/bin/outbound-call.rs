//! Calls a customer, by hand or because of a flag in analysed data, once. Event: `{"id", "destination", "openingMessage",
//! "purpose"}`; or `{"record", "category", "openingMessage", "purpose"}`; or `{"optOut": number}`, after which that number is not
//! called. Answer: `{"outcome": …}` (docs/voice.md). What its queue brings are contacts in which the pipeline found categories.

use std::time::Duration;

use aftercall_aws::config::{Deadlines, shared_config, warm};
use aftercall_aws::sqs::FunctionQueue;
use aftercall_aws::voice::AnswersTable;
use aftercall_aws::voice::dialer::{Connect, InstanceContacts};
use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_function::environment::{Environment, variable};
use aftercall_function::report::report;
use aftercall_function::run::{as_json, run_in_time, start_log};
use aftercall_outbound_call::{FUNCTION, take_flags};
use aftercall_settings::Settings;
use aftercall_stages::clock::SystemClock;
use aftercall_stages::handle::Deadline;
use aftercall_stages::handle::envelope::is_batch;
use aftercall_voice::handle::take_order;
use aftercall_voice::outbound::{Outbound, OutboundSettings, Raw};
use jiff::Timestamp;

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::result::Result<(), lambda_runtime::Error> {
    start_log();
    let mut environment = Environment::of_process();
    let table = environment.needed("AFTERCALL_ANSWERS_TABLE");
    let url = environment.needed("AFTERCALL_QUEUE_URL");
    environment.finish()?;
    let config = shared_config(&Deadlines::default()).await;
    let settings = aftercall_function::settings::load(&config).await?;
    let rules = rules(&settings)?;
    let table = AnswersTable::new(&config, &table, settings.voice.keep_answers);
    let connect = Connect::new(&config);
    let queue = FunctionQueue::new(&config, url);
    let contacts = InstanceContacts::new(&connect, &rules.instance_id);
    warm(vec![table.warm(), connect.warm()]).await;
    run_in_time(async |event: &str, left: Duration| {
        let outbound = Outbound { settings: &rules, opt_outs: &table, log: &table, dialer: &connect };
        if is_batch(event) {
            let deadline = Deadline::after(&SystemClock, left);
            return as_json(&take_flags(event, &contacts, &outbound, deadline, &queue).await?);
        }
        let handled = take_order(event, &outbound, Timestamp::now()).await?;
        report(FUNCTION, &handled.counts, &handled.millis, &handled.faults);
        Ok(handled.answer)
    })
    .await
}

/// Who may be called, when and from where; everything that is missing is named at once, and nobody is called.
fn rules(settings: &Settings) -> Result<OutboundSettings> {
    let raw = Raw {
        instance_id: variable("AFTERCALL_CONNECT_INSTANCE_ID"),
        flow_id: variable("AFTERCALL_OUTBOUND_FLOW_ID"),
        queue_id: variable("AFTERCALL_OUTBOUND_QUEUE_ID"),
        source: variable("AFTERCALL_OUTBOUND_SOURCE_NUMBER"),
        countries: Some(settings.outbound.countries.clone()),
        hours: Some(settings.outbound.hours.clone()),
        calls_a_minute: Some(settings.outbound.calls_a_minute.clone()),
        flags: Some(settings.outbound.flags.clone()),
    };
    OutboundSettings::read(&raw)
        .map_err(|missing| Error::new(ErrorKind::Config, format!("{missing}; see docs/aws.md and docs/voice.md")))
}
