//! Files: their identity, for a change of one shows in its length, its time or its place on the disk; lines added to their end;
//! room for more. New files for their owner.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

/// Size of what is written to find out whether there is room, in bytes.
const PROBE: usize = 64 << 10;

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

/// Error for files that were taken away.
pub const GONE: &str = "the file or its -wal was moved, deleted or replaced while naqd-serve had it open: put it back, or restart \
                        naqd-serve to begin a new one";

/// Files as they were when they were opened. If somebody moves or deletes them, later writes succeed but are lost.
#[derive(Clone)]
pub struct Opened(Vec<(PathBuf, Option<Inode>)>);

impl Opened {
    /// Files that are open now.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Opened {
        let place = |path: PathBuf| {
            let inode = inode(&path);
            (path, inode)
        };
        Opened(paths.into_iter().map(place).collect())
    }

    /// All of them are still in their places.
    pub fn are_there(&self) -> bool {
        self.0.iter().all(|(path, opened)| inode(path) == *opened)
    }
}

/// The same options, and a new file is for its owner alone: it holds what people wrote, or what was decided on it.
pub fn for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A path with an end behind its name: `model.naqd.former`.
pub fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Opens a file of lines to append to, or makes it, for its owner alone. The last line may be half a line, if the machine went
/// down; the next one begins anew.
pub fn append(path: &Path) -> io::Result<File> {
    let mut file = for_owner(OpenOptions::new().append(true).create(true)).open(path)?;
    if ends_without(path, b'\n') {
        file.write_all(b"\n")?;
    }
    Ok(file)
}

/// Appends lines, all or none: half a line would spoil the next one.
pub fn append_all(file: &mut File, lines: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    file.write_all(lines).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}

/// A file that can be read does not end in a byte, and is not empty.
fn ends_without(path: &Path, byte: u8) -> bool {
    let last = || -> std::io::Result<u8> {
        let mut last = [byte];
        // A pipe is not opened to read.
        if path.metadata()?.is_file() && path.metadata()?.len() > 0 {
            let mut file = File::open(path)?;
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(last[0])
    };
    last().is_ok_and(|last| last != byte)
}

/// State of writing to a file: only a change is logged, not every failure.
#[derive(Default)]
pub struct Trouble {
    failing: AtomicBool,
    /// There seems to be room again.
    room: AtomicBool,
}

impl Trouble {
    /// Notes a failure; true if it is the first.
    pub fn failed(&self) -> bool {
        self.room.store(false, Ordering::Relaxed);
        !self.failing.swap(true, Ordering::Relaxed)
    }

    /// Notes a success; true if it is the first after failures.
    pub fn succeeded(&self) -> bool {
        self.failing.load(Ordering::Relaxed) && self.failing.swap(false, Ordering::Relaxed)
    }

    /// Another try may succeed.
    pub fn may_try(&self) -> bool {
        !self.failing.load(Ordering::Relaxed) || self.room.load(Ordering::Relaxed)
    }

    /// Looks whether there is room again for a file that could not be written: who is not ready gets no request that would
    /// show it.
    pub fn look(&self, path: &Path) {
        if !self.may_try() && has_room(path) {
            self.room.store(true, Ordering::Relaxed);
        }
    }
}

/// There is room for more in the folder of a file, if it is one that takes room.
fn has_room(path: &Path) -> bool {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let try_it = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new().prefix(".naqd-").tempfile_in(folder)?;
        file.write_all(&[0; PROBE])?;
        file.as_file().sync_all()
    };
    path.metadata().map_or(true, |found| found.is_file()) && try_it().is_ok()
}
