//! Names of tables and buckets in the environment, as docs/aws.md lists them. A function that never uses a name need not have it.

use aftercall_aws::dynamodb::TableNames;
use aftercall_aws::s3::BucketNames;
pub use aftercall_function::environment::Environment;

/// The tables.
pub fn tables(environment: &mut Environment<'_>) -> TableNames {
    TableNames {
        segments: environment.needed("AFTERCALL_SEGMENTS_TABLE"),
        contacts: environment.needed("AFTERCALL_CONTACTS_TABLE"),
        results: environment.needed("AFTERCALL_RESULTS_TABLE"),
        index: environment.needed("AFTERCALL_INDEX_TABLE"),
    }
}

/// The buckets. Only the dump and erasures have the warehouse, and there is an archive only if the deployment keeps one.
pub fn buckets(environment: &mut Environment<'_>) -> BucketNames {
    BucketNames {
        raw: environment.needed("AFTERCALL_RAW_BUCKET"),
        archive: environment.optional("AFTERCALL_ARCHIVE_BUCKET").filter(|name| !name.is_empty()),
        analysis: environment.needed("AFTERCALL_ANALYSIS_BUCKET"),
        warehouse: environment.optional("AFTERCALL_WAREHOUSE_BUCKET").unwrap_or_default(),
    }
}
