//! One configuration for all clients of a program: TLS, time-outs, retries. Built once, at init. It must know no service
//! and read no setting of aftercall: the SDK's own environment (`AWS_REGION`, `AWS_ENDPOINT_URL`, …) counts.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

/// How long opening connections may take at init, all of them together.
const WARMING: Duration = Duration::from_secs(1);
/// First pause before a call is tried again; the SDK doubles it and takes a random part.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How long a call of a service may take. A Lambda function that is stopped at its own time-out says nothing of why, so
/// these stay inside of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlines {
    /// To open a connection.
    pub connect: Duration,
    /// One attempt, from the request to the end of the response's head.
    pub attempt: Duration,
    /// A call with all its attempts.
    pub operation: Duration,
    /// Attempts, the first included.
    pub attempts: u32,
}

impl Default for Deadlines {
    /// For tables, buckets, queues and streams.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(1),
            attempt: Duration::from_secs(3),
            operation: Duration::from_secs(10),
            attempts: 3,
        }
    }
}

impl Deadlines {
    /// For calls that take seconds and cost money, made by a function with this time-out. An answer may be asked for
    /// twice (the second time because it has not the form), so each call gets half of the time; a tenth of it, at least
    /// two seconds, is left for keeping the answer. The queue tries again, not the SDK.
    pub fn of_long_call(function: Duration) -> Self {
        let spare = (function / 10).max(Duration::from_secs(2));
        let operation = (function.saturating_sub(spare) / 2).max(Duration::from_secs(1));
        Self { connect: Duration::from_secs(1), attempt: operation, operation, attempts: 1 }
    }
}

/// The configuration that every client is made of, with credentials and region of the environment.
pub async fn shared_config(deadlines: &Deadlines) -> SdkConfig {
    let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(deadlines.connect)
        .operation_attempt_timeout(deadlines.attempt)
        .operation_timeout(deadlines.operation)
        .build();
    let retries = RetryConfig::standard()
        .with_max_attempts(deadlines.attempts)
        .with_initial_backoff(FIRST_PAUSE)
        .with_max_backoff(LONGEST_PAUSE);
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .timeout_config(timeouts)
        .retry_config(retries)
        .load()
        .await
}

/// A cheap call of a service, made for its connection. Each adapter has a `warm` that makes one.
pub type Warming<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Opens connections at init, all at the same time and for one second at the most. What the calls answer does not matter:
/// a refused one has opened its connection too.
pub async fn warm(calls: Vec<Warming<'_>>) {
    // What is not open by then is opened by the first call of the handler.
    drop(tokio::time::timeout(WARMING, futures_util::future::join_all(calls)).await);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_long_calls_stay_inside_of_the_function() {
        for seconds in [5, 30, 120, 900] {
            let function = Duration::from_secs(seconds);
            let deadlines = Deadlines::of_long_call(function);
            assert!(deadlines.operation * 2 + Duration::from_secs(2) <= function, "{seconds} s: {deadlines:?}");
            assert_eq!(deadlines.attempts, 1);
        }
    }
}
