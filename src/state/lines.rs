//! A file of lines that are only ever added. A last line that a crash cut off has no end: readers pass over it, and the
//! next writer removes it.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice as _;

use super::{StateError, place};

/// Such a file, which need not be there yet.
#[derive(Debug)]
pub(super) struct Lines {
    path: PathBuf,
}

/// The file while nobody else can write to it.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    file: File,
}

impl Lines {
    pub(super) fn at(path: PathBuf) -> Self {
        Lines { path }
    }

    /// Reads each whole line into `memory`, with `read_line`, which says `None` of what is no such line.
    ///
    /// # Errors
    /// When the file cannot be read, or is damaged.
    pub(super) fn read<M: Default>(
        &self,
        read_line: impl Fn(&mut M, &[u8]) -> Option<()>,
    ) -> Result<M, StateError> {
        let mut memory = M::default();
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(memory),
            Err(source) => return Err(failed(&self.path, "read", source)),
        };
        let whole = text.rfind_byte(b'\n').map_or(0, |end| end + 1);
        for (number, line) in text[..whole].lines().enumerate() {
            let damaged = || StateError::DamagedLine {
                path: self.path.clone(),
                line: number + 1,
            };
            read_line(&mut memory, line).ok_or_else(damaged)?;
        }
        Ok(memory)
    }

    /// Waits until nobody else writes, and keeps others from it.
    ///
    /// # Errors
    /// When the file cannot be opened for writing.
    pub(super) fn hold(&self) -> Result<Held, StateError> {
        let open = || {
            let file = place::open_for_writing(&self.path)?;
            file.lock()?;
            Ok(file)
        };
        let file = open().map_err(|source| failed(&self.path, "written", source))?;
        Ok(Held {
            path: self.path.clone(),
            file,
        })
    }
}

impl Held {
    /// Adds whole lines, and waits for the disk.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<(), StateError> {
        let file = &mut self.file;
        let written = cut_torn_line(file)
            .and_then(|()| file.write_all(lines))
            .and_then(|()| file.sync_data());
        written.map_err(|source| failed(&self.path, "written", source))
    }
}

/// Goes to the end of the file, without the beginning of a line that was never finished.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let whole = text.rfind_byte(b'\n').map_or(0, |end| end + 1);
    file.set_len(whole as u64)?;
    file.seek(SeekFrom::End(0))?;
    Ok(())
}

fn failed(path: &Path, doing: &'static str, source: io::Error) -> StateError {
    StateError::Io {
        path: path.to_owned(),
        doing,
        source,
    }
}
