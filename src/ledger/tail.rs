//! Reads lines as they come: all that is there, and then what is added, from one file of the ledger to the next.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::chain::files;
use super::file::is_at;

/// A place in a ledger, behind the last line that was read.
#[derive(Debug)]
pub struct Tail {
    path: PathBuf,
    file: BufReader<File>,
    /// What is there of a line that is being written.
    line: Vec<u8>,
}

impl Tail {
    /// Before the first line of the oldest file.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn at_start(path: &Path) -> io::Result<Self> {
        let oldest = files(path)?.into_iter().next();
        Tail::open(path, &oldest.unwrap_or_else(|| path.to_owned()))
    }

    /// Behind the last line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn at_end(path: &Path) -> io::Result<Self> {
        let mut tail = Tail::open(path, path)?;
        tail.file.seek(SeekFrom::End(0))?;
        Ok(tail)
    }

    fn open(path: &Path, file: &Path) -> io::Result<Self> {
        Ok(Tail {
            path: path.to_owned(),
            file: BufReader::new(File::open(file)?),
            line: Vec::new(),
        })
    }

    /// The next whole line without its end; `None` if there is none yet.
    ///
    /// # Errors
    /// When it cannot be read, or the files that follow cannot.
    pub fn next_line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(line) = self.read()? {
                return Ok(Some(line));
            }
            if is_at(self.file.get_ref(), &self.path) {
                return Ok(None);
            }
            // It was put aside: what was added to it just before that comes first.
            if let Some(line) = self.read()? {
                return Ok(Some(line));
            }
            if !self.go_on()? {
                return Ok(None);
            }
        }
    }

    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        self.file.read_until(b'\n', &mut self.line)?;
        let end = self.line.pop_if(|last| *last == b'\n');
        Ok(end.map(|_| std::mem::take(&mut self.line)))
    }

    /// Goes on to the file after this one. `false`: there is none.
    fn go_on(&mut self) -> io::Result<bool> {
        let files = files(&self.path)?;
        let own = files
            .iter()
            .position(|file| is_at(self.file.get_ref(), file));
        // Somebody has taken away what was put aside: the oldest that is left comes next.
        let next = own.map_or(0, |own| own + 1);
        let Some(next) = files.get(next) else {
            return Ok(false);
        };
        self.file = BufReader::new(File::open(next)?);
        self.line.clear();
        Ok(true)
    }
}
