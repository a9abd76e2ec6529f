//! Counts the bytes that a question reads, with the reader's own requests: the footer, the index of pages, and the pages.

use std::error::Error;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::reader::{ChunkReader, Length};

/// A file that counts what is read of it.
struct Counting {
    file: File,
    read: Arc<AtomicU64>,
}

impl Length for Counting {
    fn len(&self) -> u64 {
        self.file.len()
    }
}

impl ChunkReader for Counting {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        let counted = Counted { inner: self.file.get_read(start)?, read: Arc::clone(&self.read) };
        Ok(Box::new(counted))
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        self.file.get_bytes(start, length)
    }
}

struct Counted {
    inner: BufReader<File>,
    read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Bytes of all files of a folder, those of one day, and those that are read to answer "which contacts of the day had an
/// unhappy customer, and why"; and how many contacts that are.
pub fn share(table: &Path, day: &str) -> Result<(u64, u64, u64, usize), Box<dyn Error>> {
    let read = Arc::new(AtomicU64::new(0));
    let (mut all, mut of_day, mut contacts) = (0, 0, 0);
    for folder in std::fs::read_dir(table)? {
        let folder = folder?.path();
        let is_day = folder.file_name().is_some_and(|name| name == format!("dt={day}").as_str());
        for file in std::fs::read_dir(&folder)? {
            let file = File::open(file?.path())?;
            all += file.len();
            if is_day {
                of_day += file.len();
                contacts += negative(Counting { file, read: Arc::clone(&read) })?;
            }
        }
    }
    Ok((all, of_day, read.load(Ordering::Relaxed), contacts))
}

fn negative(file: Counting) -> Result<usize, Box<dyn Error>> {
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?;
    let mask = |columns: &[&str]| ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    let score = mask(&["sentiment_overall_score_customer"]);
    let answer = mask(&["contact_id", "sentiment_overall_score_customer", "resolution", "reason"]);
    let negative = ArrowPredicateFn::new(score, |batch| {
        let scores = batch.column(0).as_primitive::<Float64Type>();
        Ok(scores.iter().map(|score| Some(score.is_some_and(|score| score < 0.0))).collect())
    });
    let reader = builder.with_projection(answer).with_row_filter(RowFilter::new(vec![Box::new(negative)])).build()?;
    let mut contacts = 0;
    for batch in reader {
        contacts += batch?.num_rows();
    }
    Ok(contacts)
}
