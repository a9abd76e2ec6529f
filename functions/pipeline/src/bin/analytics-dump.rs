//! Hourly: what has been published since the last dump, as Parquet and manifests in the warehouse bucket. Answer: the windows
//! that were written.

use std::time::Duration;

use aftercall_aws::s3::Zone;
use aftercall_functions::parts::Parts;
use aftercall_functions::run::{deadline, run_in_time, start_log};
use aftercall_stages::ports::Clock;
use aftercall_warehouse::dump::{DumpPorts, DumpSettings, dump_while};
use serde::Serialize;

#[derive(Serialize)]
struct Written {
    windows: usize,
    files: usize,
    rows: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    start_log();
    let parts = Parts::load().await?;
    let many_writers = DumpSettings::default();
    let settings = DumpSettings {
        zone: parts.settings.time_zone.clone(),
        // The default of the settings is for one machine, where nobody else writes.
        lag: if parts.settings.is_set("dump.lag_seconds") { parts.settings.dump_lag } else { many_writers.lag },
        look_back: parts.settings.dump_look_back,
        ..many_writers
    };
    parts.warm(&[Zone::Warehouse, Zone::Analysis], vec![]).await;
    run_in_time(async |_: &str, left: Duration| {
        // A window may take minutes, so none is begun in the second half.
        let deadline = deadline(left / 2);
        let ports = DumpPorts { index: &*parts.tables, quarantine: &*parts.tables, objects: &*parts.objects };
        let manifests = dump_while(ports, &settings, parts.clock.now(), || deadline.has_time()).await?;
        let files: Vec<_> = manifests.iter().flat_map(|manifest| &manifest.files).collect();
        Ok(Written { windows: manifests.len(), files: files.len(), rows: files.iter().map(|file| file.rows).sum() })
    })
    .await
}
