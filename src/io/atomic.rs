//! Files that are never half written.

use std::io::{self, Write};
use std::path::Path;

/// Replaces the file at `path` (or the one that a link there points to) by `bytes`: writes a temporary file in the same
/// folder, syncs it, renames it.
///
/// A program that is killed meanwhile leaves the old file as it was, and perhaps a temporary file `.naqd-XXXXXX` next to
/// it, which nothing reads. Of two programs that write at once, the later one's file stays.
///
/// # Errors
/// The file system refuses, or something else than a file has this name; what was there is untouched then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let path = target.as_path();
    if std::fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file, and not replaced by one"));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut file = tempfile::Builder::new().prefix(".naqd-").tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_or(0o644, |old| old.permissions().mode());
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
    }
    file.persist(path)?;
    Ok(())
}
