//! Secret of the decision log: a comment is found by its hash with it, and without it nobody can try out which comment has
//! that hash.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::files::with_end;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Minimum length of a secret, in bytes.
const MIN: usize = 32;

/// A secret.
pub struct Secret(Hmac<Sha256>);

impl Secret {
    /// The secret beside a decision log, which is made if there is none. A log that is no file, such as a pipe, has one that
    /// nobody knows: nothing is looked up there.
    ///
    /// # Errors
    /// The file cannot be read or written, or is too short.
    pub fn of(log: &Path) -> io::Result<Secret> {
        if log.metadata().is_ok_and(|found| !found.is_file()) {
            return Secret::from(random()?.as_bytes());
        }
        match Secret::beside(log) {
            Err(error) if error.kind() == ErrorKind::NotFound => Secret::make(log),
            found => found,
        }
    }

    fn from(secret: &[u8]) -> io::Result<Secret> {
        Ok(Secret(Hmac::new_from_slice(secret).map_err(io::Error::other)?))
    }

    /// The secret beside a decision log.
    ///
    /// # Errors
    /// The file cannot be read, or is too short.
    pub fn beside(log: &Path) -> io::Result<Secret> {
        let path = path(log);
        let fail = |error: io::Error| io::Error::new(error.kind(), format!("secret {}: {error}", path.display()));
        let text = std::fs::read_to_string(&path).map_err(fail)?;
        let secret = text.trim().as_bytes();
        if secret.len() < MIN {
            let short = format!("{} bytes, expected at least {MIN}: openssl rand -hex 32", secret.len());
            return Err(fail(io::Error::new(ErrorKind::InvalidData, short)));
        }
        Secret::from(secret)
    }

    /// Makes a secret, for the owner of the file only.
    fn make(log: &Path) -> io::Result<Secret> {
        let path = path(log);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let made = options.open(&path).and_then(|mut file| {
            file.write_all((random()? + "\n").as_bytes())?;
            file.sync_all()
        });
        match made {
            // Another server that writes to the same log was faster.
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Err(io::Error::new(error.kind(), format!("secret {}: {error}", path.display())))
            }
            _ => Secret::beside(log),
        }
    }

    /// Hash of a comment.
    pub fn hash(&self, text: &str) -> String {
        self.hash_of_sha256(&hex::encode(Sha256::digest(text)))
    }

    /// Hash of a comment whose SHA-256 is known, in hexadecimal digits, as it stood in earlier logs.
    pub fn hash_of_sha256(&self, digits: &str) -> String {
        hex::encode(self.0.clone().chain_update(digits).finalize().into_bytes())
    }
}

/// 32 random bytes as hexadecimal digits.
fn random() -> io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(hex::encode(bytes))
}

/// The file with the secret of a decision log.
fn path(log: &Path) -> PathBuf {
    with_end(log, ".secret")
}

/// Copies the lines of a decision log that are of a comment; returns their number.
///
/// # Errors
/// A file cannot be read, or the output not written.
pub fn find(log: &Path, text: &str, out: &mut dyn Write) -> io::Result<u64> {
    let sha256 = hex::encode(Sha256::digest(text));
    let hmac = Secret::beside(log).ok().map(|secret| secret.hash_of_sha256(&sha256));
    let mut found = 0;
    for line in lines(log)? {
        let line = line?;
        let is_of = |name: &str, hash: &str| line.contains(&format!("\"{name}\":\"{hash}\""));
        if is_of("sha256", &sha256) || hmac.as_ref().is_some_and(|hmac| is_of("hmac", hmac)) {
            writeln!(out, "{line}")?;
            found += 1;
        }
    }
    Ok(found)
}

/// Copies a decision log, with `hmac` in place of the `sha256` of earlier versions; returns the number of such lines.
///
/// # Errors
/// A file cannot be read, or the output not written.
pub fn migrate(log: &Path, out: &mut dyn Write) -> io::Result<u64> {
    let secret = Secret::of(log)?;
    let mut changed = 0;
    for line in lines(log)? {
        let line = line?;
        let digits = line.split_once("\"sha256\":\"").and_then(|(_, rest)| rest.get(..64));
        match digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            Some(digits) => {
                let (old, new) = (format!("\"sha256\":\"{digits}\""), secret.hash_of_sha256(digits));
                writeln!(out, "{}", line.replacen(&old, &format!("\"hmac\":\"{new}\""), 1))?;
                changed += 1;
            }
            None => writeln!(out, "{line}")?,
        }
    }
    out.flush()?;
    Ok(changed)
}

fn lines(log: &Path) -> io::Result<impl Iterator<Item = io::Result<String>>> {
    let fail = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", log.display()));
    let file = std::fs::File::open(log).map_err(fail)?;
    Ok(io::BufRead::lines(io::BufReader::new(file)))
}

/// A comment from standard input, without the line end behind it.
pub fn comment(input: &mut dyn Read) -> io::Result<String> {
    let mut text = String::new();
    input.read_to_string(&mut text)?;
    if text.ends_with('\n') {
        text.truncate(text.len() - 1);
    }
    Ok(text)
}
