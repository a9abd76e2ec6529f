//! A secret of Secrets Manager: the key of the customer hashes. Read once, at init; never shown.

use aftercall_core::error::{Error, ErrorKind, Result};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

use crate::error::{Service, failed};

/// The bytes of a secret: its binary, or its text in UTF-8.
pub async fn secret(config: &SdkConfig, id: &str) -> Result<Vec<u8>> {
    let got = Client::new(config).get_secret_value().secret_id(id).send().await;
    let got = got.map_err(|error| failed("a secret cannot be read", Service::Secrets, &error).with("secret", id))?;
    match (got.secret_binary, got.secret_string) {
        (Some(bytes), _) => Ok(bytes.into_inner()),
        (None, Some(text)) => Ok(text.into_bytes()),
        (None, None) => Err(Error::new(ErrorKind::Config, "a secret is empty").with("secret", id)),
    }
}
