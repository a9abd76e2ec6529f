//! The SQL engine: DataFusion over the Parquet files. A table has its files under `<name>_all`; the views `<name>_latest` and
//! `<name>` take the newest revision of every contact, with the SQL that the warehouse on AWS uses. Asked for some days,
//! everything is as if the warehouse had no others: files of other days are not opened.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aftercall_core::error::{Error, ErrorKind, Result};
use aftercall_warehouse::dump::ROOT;
use aftercall_warehouse::tables::Table;
use aftercall_warehouse::views::{all_name, views};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::arrow::{csv, json};
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::{ParquetReadOptions, SessionConfig, SessionContext};

use super::counting::Counting;
use super::{Days, NAMED};
use crate::Format;
use aftercall_settings::Settings;

/// Runs a query, or the query of a name, and prints the answer. `say_bytes`: says how much it read of the files.
pub fn query(settings: &Settings, sql: &str, days: Days, format: Format, say_bytes: bool) -> Result<()> {
    let sql = NAMED.iter().find(|named| named.name == sql.trim()).map_or(sql, |named| named.sql);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(settings.workers).build().map_err(|error| {
            Error::new(ErrorKind::Config, "the threads of the SQL engine cannot be made").because(error)
        })?;
    let read = Arc::new(AtomicU64::new(0));
    let batches = runtime.block_on(answer(settings, sql, days, &read)).map_err(|error| {
        Error::new(ErrorKind::Config, "the query cannot be answered; `aftercall query --list` shows the tables")
            .because(error.strip_backtrace())
    })?;
    print(&batches, format)
        .map_err(|error| Error::new(ErrorKind::Storage, "the answer cannot be printed").because(error))?;
    if say_bytes {
        eprintln!("{} bytes of files read", read.load(Ordering::Relaxed));
    }
    Ok(())
}

async fn answer(
    settings: &Settings,
    sql: &str,
    days: Days,
    read: &Arc<AtomicU64>,
) -> std::result::Result<Vec<RecordBatch>, DataFusionError> {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(settings.workers));
    let files = ObjectStoreUrl::local_filesystem();
    context.runtime_env().register_object_store(files.as_ref(), Arc::new(Counting::new(Arc::clone(read))));
    for table in Table::ALL {
        let folder = settings.data.join(ROOT).join(table.name());
        std::fs::create_dir_all(&folder)?;
        let schema = table.schema();
        let options = ParquetReadOptions::default()
            .schema(&schema)
            .table_partition_cols(vec![("dt".to_string(), DataType::Date32)]);
        let all = all_name(table);
        let Some(only) = days.only() else {
            context.register_parquet(&all, folder.to_string_lossy(), options).await?;
            continue;
        };
        let files = format!("{}_files", table.name());
        context.register_parquet(&files, folder.to_string_lossy(), options).await?;
        context.sql(&format!("CREATE VIEW {all} AS SELECT * FROM {files} WHERE {only}")).await?;
    }
    for (name, view) in views() {
        context.sql(&format!("CREATE VIEW {name} AS {view}")).await?;
    }
    context.sql(sql).await?.collect().await
}

fn print(batches: &[RecordBatch], format: Format) -> std::result::Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut out = std::io::stdout().lock();
    match format {
        Format::Table => writeln!(out, "{}", pretty_format_batches(batches)?)?,
        Format::Csv => {
            let mut writer = csv::WriterBuilder::new().with_header(true).build(out);
            for batch in batches {
                writer.write(batch)?;
            }
        }
        Format::Json => {
            let mut writer = json::ArrayWriter::new(out);
            writer.write_batches(&batches.iter().collect::<Vec<_>>())?;
            writer.finish()?;
            println!();
        }
    }
    Ok(())
}
