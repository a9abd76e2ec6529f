//! The key of the keyed hash that stands for phone numbers and addresses. On one machine it is made once and kept in the
//! data folder, readable by its owner only; on AWS it comes from the secret store.

use std::fs;
use std::io::Write;
use std::path::Path;

use aftercall_core::error::{Error, ErrorKind, Result};

const FILE: &str = "hmac.key";

/// Every key, the newest first: `hmac.key`, and those that it took the place of, kept as `hmac.key.<anything>` in the same
/// folder. To change the key, rename it; the next run makes a new one. Contacts of before have hashes of the old ones.
pub fn hmac_keys(data: &Path) -> Result<Vec<[u8; 32]>> {
    let mut keys = vec![hmac_key(data)?];
    let broken = |error| Error::new(ErrorKind::Config, "old keys of customer hashes cannot be read").because(error);
    let mut names = Vec::new();
    for entry in fs::read_dir(data).map_err(|error: std::io::Error| broken(error).with("folder", data.display()))? {
        let path = entry.map_err(broken)?.path();
        if path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("hmac.key.")) {
            names.push(path);
        }
    }
    names.sort();
    for path in names.iter().rev() {
        let bytes = fs::read(path).map_err(|error| broken(error).with("path", path.display()))?;
        // A file of another length is a key that another process is just writing, or none at all.
        keys.extend(<[u8; 32]>::try_from(bytes.as_slice()));
    }
    Ok(keys)
}

/// The key below `data`, made on the first call.
pub fn hmac_key(data: &Path) -> Result<[u8; 32]> {
    let path = data.join(FILE);
    let broken = |what: &str| Error::new(ErrorKind::Config, what.to_string()).with("path", path.display());
    if let Ok(bytes) = fs::read(&path) {
        return <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| {
            broken("the key of customer hashes must be 32 bytes; restore it from a backup, or remove it and start anew")
        });
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| broken("no random key can be made").because(error.to_string()))?;
    fs::create_dir_all(data).map_err(|error| broken("the data folder cannot be made").because(error))?;
    // Whole or not at all, and the first of two processes wins.
    let temporary = data.join(format!("{FILE}.{}", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = options.open(&temporary).and_then(|mut file| file.write_all(&key));
    write.map_err(|error| broken("the key of customer hashes cannot be written").because(error))?;
    let linked = fs::hard_link(&temporary, &path);
    let removed = fs::remove_file(&temporary);
    removed.map_err(|error| broken("a temporary key cannot be removed").because(error))?;
    match linked {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => hmac_key(data),
        Err(error) => Err(broken("the key of customer hashes cannot be written").because(error)),
    }
}
