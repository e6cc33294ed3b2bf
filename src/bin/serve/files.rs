//! Identity of files: a change of one shows in its length, its time or its place on the disk. New files for their owner.

use std::fs::{Metadata, OpenOptions};
use std::path::Path;
use std::time::SystemTime;

/// Length, time of the last change and place on the disk of a file; none if there is no such file.
pub type Fingerprint = Option<(u64, Option<SystemTime>, Inode)>;

/// The fingerprint of a file; none if there is no such file.
pub fn fingerprint(path: &Path) -> Fingerprint {
    let found = std::fs::metadata(path).ok()?;
    Some((found.len(), found.modified().ok(), number(&found)))
}

/// The disk that a file is on, and its number there.
pub type Inode = (u64, u64);

/// The place of a file on the disk; none if there is no such file.
pub fn inode(path: &Path) -> Option<Inode> {
    std::fs::metadata(path).ok().map(|found| number(&found))
}

#[cfg(unix)]
fn number(found: &Metadata) -> Inode {
    use std::os::unix::fs::MetadataExt;
    (found.dev(), found.ino())
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Inode {
    (0, 0)
}

/// The same options, and a new file is for its owner alone: it holds what people wrote, or what was decided on it.
pub fn for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
