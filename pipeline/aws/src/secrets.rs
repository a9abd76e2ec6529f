//! A secret of Secrets Manager: the key of the customer hashes. Read once, at init; never shown. After a rotation the old
//! key is a version of the same secret.

use aftercall_core::error::{Error, ErrorKind, Result};
use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::types::SecretVersionsListEntry;

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

/// The bytes of every version that has a staging label, the current one first, the others by when they were made, newest
/// first. Secrets Manager keeps the version before the current one under `AWSPREVIOUS`; older ones stay as long as they
/// have a label of one's own.
pub async fn versions(config: &SdkConfig, id: &str) -> Result<Vec<Vec<u8>>> {
    const CURRENT: &str = "AWSCURRENT";
    let client = Client::new(config);
    let list = client.list_secret_version_ids().secret_id(id).include_deprecated(false);
    let listed: std::result::Result<Vec<_>, _> = list.into_paginator().send().try_collect().await;
    let listed = listed.map_err(|error| {
        failed("versions of a secret cannot be listed", Service::Secrets, &error).with("secret", id)
    })?;
    let mut found: Vec<_> = listed.into_iter().flat_map(|page| page.versions.unwrap_or_default()).collect();
    let is_current = |version: &SecretVersionsListEntry| version.version_stages().iter().any(|stage| stage == CURRENT);
    found.sort_by_key(|version| (!is_current(version), std::cmp::Reverse(version.created_date)));
    let mut bytes = Vec::new();
    for version in found {
        let get = client.get_secret_value().secret_id(id).set_version_id(version.version_id).send().await;
        let got = get.map_err(|error| {
            failed("a version of a secret cannot be read", Service::Secrets, &error).with("secret", id)
        })?;
        bytes.extend(got.secret_binary.map(|bytes| bytes.into_inner()).or(got.secret_string.map(String::into_bytes)));
    }
    if bytes.is_empty() { secret(config, id).await.map(|current| vec![current]) } else { Ok(bytes) }
}

/// The key of the customer hashes, of the secret with this id.
pub async fn hmac_key(config: &SdkConfig, id: &str) -> Result<[u8; 32]> {
    Ok(key_of(&secret(config, id).await?))
}

/// The keys of the customer hashes, the newest first: contacts of before a rotation have hashes of the old one.
pub async fn hmac_keys(config: &SdkConfig, id: &str) -> Result<Vec<[u8; 32]>> {
    Ok(versions(config, id).await?.iter().map(|secret| key_of(secret)).collect())
}

/// 32 bytes are the key itself (so that the key of one machine can go on to be used), anything else is what a key is
/// derived of.
fn key_of(secret: &[u8]) -> [u8; 32] {
    <[u8; 32]>::try_from(secret).unwrap_or_else(|_| blake3::derive_key("aftercall 2026 key of customer hashes", secret))
}
