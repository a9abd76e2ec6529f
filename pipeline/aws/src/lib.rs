//! The ports over AWS services: the only crate that names an AWS SDK.
//!
//! One module and one cargo feature a service, so that a function compiles only what it calls. Tables, keys, attributes,
//! buckets and environment are written down in `docs/aws.md`. It must hold no rule of its own: what a state means and
//! what follows from it is asked of the core.

pub mod config;
pub mod error;

#[cfg(any(feature = "eventbridge", feature = "kinesis"))]
pub mod announce;
#[cfg(feature = "bedrock")]
pub mod bedrock;
#[cfg(feature = "comprehend")]
pub mod comprehend;
#[cfg(feature = "dynamodb")]
pub mod dynamodb;
#[cfg(feature = "s3")]
pub mod s3;
#[cfg(feature = "secrets")]
pub mod secrets;
#[cfg(feature = "sqs")]
pub mod sqs;
#[cfg(feature = "ssm")]
pub mod ssm;
#[cfg(feature = "voice")]
pub mod voice;
