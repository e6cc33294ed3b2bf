//! Files that are never half written.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// File that is being written and takes the place of another once it is whole: a temporary file in the same folder,
/// synced and renamed by [`commit`](Replacement::commit). Without a commit it is deleted and nothing changes.
///
/// A program that is killed on the way leaves the old file as it was, and perhaps a file `.naqd-` and some letters
/// beside it, which nobody reads. Of two that write at once the later one's file stays.
pub struct Replacement {
    file: NamedTempFile,
    path: PathBuf,
}

/// Reader of a new file; a file that is replaced keeps its permissions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(not(feature = "internal"), allow(dead_code))]
pub enum Access {
    /// Whoever the umask lets read it.
    Umask,
    /// Its owner alone: it holds comments of readers.
    Owner,
}

impl Access {
    /// Permissions of a new file, before the umask.
    #[cfg(unix)]
    fn mode(self) -> u32 {
        match self {
            Access::Umask => 0o666,
            Access::Owner => 0o600,
        }
    }
}

impl Replacement {
    /// Begins to replace the file at `path`, or the one that a link there points to.
    ///
    /// # Errors
    /// What the file system says, or that there is something else than a file.
    pub fn create(path: &Path, access: Access) -> io::Result<Replacement> {
        let path = match std::fs::canonicalize(path) {
            Ok(path) => path,
            // A link that leads nowhere would be replaced itself, and what it stands for never be there.
            Err(_) if path.is_symlink() => {
                return Err(io::Error::new(io::ErrorKind::NotFound, "a link to a file that is not there"));
            }
            Err(_) => path.to_owned(),
        };
        if std::fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file, and not replaced by one"));
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let mut builder = tempfile::Builder::new();
        builder.prefix(".naqd-");
        #[cfg(unix)]
        let builder = {
            use std::os::unix::fs::PermissionsExt;
            builder.permissions(std::fs::Permissions::from_mode(access.mode()))
        };
        #[cfg(not(unix))]
        let _ = access;
        let file = builder.tempfile_in(folder)?;
        Ok(Replacement { file, path })
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// What the file system says; what was there is untouched then.
    pub fn commit(self) -> io::Result<()> {
        #[cfg(unix)]
        if let Ok(old) = std::fs::metadata(&self.path) {
            self.file.as_file().set_permissions(old.permissions())?;
        }
        self.file.as_file().sync_all()?;
        self.file.persist(&self.path)?;
        Ok(())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Replaces the file at `path` by `bytes`, as [`Replacement`] does.
///
/// # Errors
/// The file system refuses, or something else than a file has this name; what was there is untouched then.
pub fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let mut file = Replacement::create(path, access)?;
    file.write_all(bytes)?;
    file.commit()
}
