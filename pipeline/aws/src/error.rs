//! What an SDK's error means: whether trying again can help, and the facts a person needs. The service's own message is
//! left out, because some repeat parts of an item.

use std::time::Duration;

use aftercall_core::error::{Error, ErrorKind, Retry};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Longest wait that a service may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(900);

/// A service that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon DynamoDB.
    DynamoDb,
    /// Amazon S3.
    S3,
    /// Amazon EventBridge.
    EventBridge,
    /// Amazon Kinesis Data Streams.
    Kinesis,
    /// Amazon SQS.
    Sqs,
    /// Amazon Bedrock Runtime.
    Bedrock,
    /// Amazon Comprehend.
    Comprehend,
    /// Agents and knowledge bases of Amazon Bedrock.
    BedrockAgent,
    /// Amazon Connect.
    Connect,
    /// AWS Systems Manager Parameter Store.
    Ssm,
    /// AWS Secrets Manager.
    Secrets,
}

impl Service {
    /// Its name as errors say it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DynamoDb => "dynamodb",
            Self::S3 => "s3",
            Self::EventBridge => "eventbridge",
            Self::Kinesis => "kinesis",
            Self::Sqs => "sqs",
            Self::Bedrock => "bedrock",
            Self::Comprehend => "comprehend",
            Self::BedrockAgent => "bedrock-agent",
            Self::Connect => "connect",
            Self::Ssm => "ssm",
            Self::Secrets => "secretsmanager",
        }
    }

    const fn kind(self) -> ErrorKind {
        match self {
            Self::DynamoDb | Self::S3 | Self::EventBridge | Self::Kinesis | Self::Sqs => ErrorKind::Storage,
            Self::Bedrock | Self::BedrockAgent | Self::Comprehend | Self::Connect => ErrorKind::Provider,
            Self::Ssm | Self::Secrets => ErrorKind::Config,
        }
    }
}

/// Codes that pass, of any service: too much at once, the service's own fault, credentials that are renewed.
const PASSING: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "ThrottlingError",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequests",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "InternalError",
    "InternalFailure",
    "InternalException",
    "InternalServerError",
    "InternalServerException",
    "InternalServiceError",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "KMSThrottlingException",
];

/// Codes that pass, of one service.
const PASSING_OF: &[(Service, &str)] = &[
    (Service::DynamoDb, "ProvisionedThroughputExceeded"),
    (Service::DynamoDb, "ProvisionedThroughputExceededException"),
    (Service::DynamoDb, "TransactionConflict"),
    (Service::DynamoDb, "TransactionConflictException"),
    (Service::DynamoDb, "TransactionInProgressException"),
    (Service::DynamoDb, "ReplicatedWriteConflictException"),
    (Service::S3, "SlowDown"),
    (Service::S3, "OperationAborted"),
    (Service::S3, "ConditionalRequestConflict"),
    (Service::Kinesis, "ProvisionedThroughputExceededException"),
    (Service::EventBridge, "ConcurrentModificationException"),
    (Service::Sqs, "OverLimit"),
    (Service::Sqs, "KmsThrottled"),
    (Service::Sqs, "AWS.SimpleQueueService.OverLimit"),
    (Service::Bedrock, "ModelNotReadyException"),
    (Service::Bedrock, "ModelTimeoutException"),
    (Service::Bedrock, "ModelErrorException"),
    (Service::Bedrock, "ServiceQuotaExceededException"),
    (Service::BedrockAgent, "DependencyFailedException"),
    (Service::BedrockAgent, "BadGatewayException"),
];

/// Whether trying again can help, by the service's code and the HTTP status. A code that is not known is told by its
/// status: 408, 429 and 5xx pass, others do not.
pub fn retry_of(service: Service, code: Option<&str>, status: Option<u16>) -> Retry {
    let passes = code.is_some_and(|code| PASSING.contains(&code) || PASSING_OF.contains(&(service, code)));
    if passes || matches!(status, Some(408 | 429 | 500..=599)) { Retry::Later } else { Retry::Never }
}

/// The error of a call, with advice. `what` says what could not be done. The caller adds table, bucket or key.
pub fn failed<E: ProvideErrorMetadata>(what: &str, service: Service, error: &SdkError<E, HttpResponse>) -> Error {
    let failed = |kind, fault: &str| Error::new(kind, what).with("service", service.as_str()).with("fault", fault);
    match error {
        SdkError::ConstructionFailure(_) => failed(service.kind(), "the request cannot be made"),
        SdkError::TimeoutError(_) => failed(service.kind(), "time-out").retry(Retry::Later),
        SdkError::DispatchFailure(failure) => {
            let fault = if failure.is_timeout() { "time-out of the connection" } else { "no connection" };
            let retry = if failure.is_user() { Retry::Never } else { Retry::Later };
            failed(service.kind(), fault).retry(retry)
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            failed(service.kind(), "the response cannot be read").with("status", status).retry(Retry::Later)
        }
        SdkError::ServiceError(refused) => {
            let status = refused.raw().status().as_u16();
            let code = refused.err().code();
            let kind = if is_denied(code, status) { ErrorKind::Config } else { service.kind() };
            let retry = match (retry_of(service, code, Some(status)), asked_wait(refused.raw())) {
                (Retry::Later, Some(wait)) => Retry::After(wait),
                (retry, _) => retry,
            };
            failed(kind, code.unwrap_or("unknown")).with("status", status).retry(retry)
        }
        _ => failed(service.kind(), "unknown").retry(Retry::Later),
    }
}

/// The error of a stream that breaks off, which says no HTTP status of its own.
pub fn failed_midway<E: ProvideErrorMetadata, R>(what: &str, service: Service, error: &SdkError<E, R>) -> Error {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    let retry = match code {
        Some(code) => retry_of(service, Some(code), None),
        None => Retry::Later,
    };
    let fault = code.unwrap_or("the response cannot be read");
    Error::new(service.kind(), what).with("service", service.as_str()).with("fault", fault).retry(retry)
}

/// Whether a call of a model without an answer certainly cost nothing: it was never sent, or the service refused it before
/// the model wrote anything. A model that took too long (408), failed (424) or whose service failed (5xx) may have written.
#[cfg(any(feature = "bedrock", feature = "bedrock-agent"))]
pub fn cost_nothing<E>(error: &SdkError<E, HttpResponse>) -> bool {
    match error {
        SdkError::ConstructionFailure(_) => true,
        SdkError::ServiceError(refused) => !matches!(refused.raw().status().as_u16(), 408 | 424 | 500..=599),
        _ => false,
    }
}

fn is_denied(code: Option<&str>, status: u16) -> bool {
    status == 403 || code.is_some_and(|code| code.starts_with("AccessDenied"))
}

/// The wait that the response asks for, in whole seconds (`Retry-After`, RFC 9110 section 10.2.3; the form with a date is
/// not used by AWS).
fn asked_wait(response: &HttpResponse) -> Option<Duration> {
    let seconds = response.headers().get("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_whether_trying_again_helps() {
        let cases: &[(Service, &str, u16, Retry)] = &[
            (Service::DynamoDb, "ProvisionedThroughputExceededException", 400, Retry::Later),
            (Service::DynamoDb, "RequestLimitExceeded", 400, Retry::Later),
            (Service::DynamoDb, "ThrottlingException", 400, Retry::Later),
            (Service::DynamoDb, "TransactionInProgressException", 400, Retry::Later),
            (Service::DynamoDb, "InternalServerError", 500, Retry::Later),
            (Service::DynamoDb, "ValidationException", 400, Retry::Never),
            (Service::DynamoDb, "ResourceNotFoundException", 400, Retry::Never),
            (Service::DynamoDb, "AccessDeniedException", 400, Retry::Never),
            (Service::S3, "SlowDown", 503, Retry::Later),
            (Service::S3, "RequestTimeout", 400, Retry::Later),
            (Service::S3, "AccessDenied", 403, Retry::Never),
            (Service::S3, "NoSuchBucket", 404, Retry::Never),
            (Service::EventBridge, "InternalException", 500, Retry::Later),
            (Service::EventBridge, "ResourceNotFoundException", 400, Retry::Never),
            (Service::Kinesis, "ProvisionedThroughputExceededException", 400, Retry::Later),
            (Service::Kinesis, "LimitExceededException", 400, Retry::Later),
            (Service::Kinesis, "InvalidArgumentException", 400, Retry::Never),
            (Service::Sqs, "RequestThrottled", 400, Retry::Later),
            (Service::Sqs, "AWS.SimpleQueueService.NonExistentQueue", 400, Retry::Never),
            (Service::Bedrock, "ThrottlingException", 429, Retry::Later),
            (Service::Bedrock, "ModelNotReadyException", 429, Retry::Later),
            (Service::Bedrock, "ModelTimeoutException", 408, Retry::Later),
            (Service::Bedrock, "ValidationException", 400, Retry::Never),
            (Service::Bedrock, "AccessDeniedException", 403, Retry::Never),
            (Service::Comprehend, "TooManyRequestsException", 400, Retry::Later),
            (Service::Comprehend, "TextSizeLimitExceededException", 400, Retry::Never),
            (Service::BedrockAgent, "DependencyFailedException", 424, Retry::Later),
            (Service::BedrockAgent, "ConflictException", 409, Retry::Never),
            (Service::Connect, "LimitExceededException", 429, Retry::Later),
            (Service::Connect, "OutboundContactNotPermittedException", 403, Retry::Never),
            (Service::Ssm, "ParameterNotFound", 400, Retry::Never),
            (Service::Secrets, "InternalServiceError", 500, Retry::Later),
            (Service::Secrets, "ResourceNotFoundException", 400, Retry::Never),
            (Service::Secrets, "SomethingNew", 503, Retry::Later),
            (Service::Secrets, "SomethingNew", 400, Retry::Never),
            // A code of one service means nothing with another.
            (Service::Ssm, "SlowDown", 400, Retry::Never),
        ];
        for (service, code, status, expected) in cases {
            assert_eq!(retry_of(*service, Some(code), Some(*status)), *expected, "{} {code}", service.as_str());
        }
    }
}
