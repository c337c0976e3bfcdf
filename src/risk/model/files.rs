//! The pasts of files, sorted by path: a table of places, and one record after the other.

use std::collections::BTreeMap;

use super::NoModel;
use super::sections::encode;
use crate::risk::mine::past::{FileNo, FilePast, Past};

/// The records, of which each is unpacked when it is asked for. The number of a file is its place among them.
#[derive(Debug)]
pub struct Files {
    bytes: Vec<u8>,
    count: usize,
}

/// The number that each live file of a past has in a model, by its number there.
pub(super) fn order(past: &Past) -> BTreeMap<FileNo, FileNo> {
    let mut files: Vec<(&[u8], FileNo)> = past
        .by_path
        .iter()
        .map(|(path, &no)| (path.as_slice(), no))
        .collect();
    files.sort_unstable();
    files.into_iter().map(|(_, no)| no).zip(0..).collect()
}

/// The section of a past's files.
pub(super) fn pack(past: &Past, order: &BTreeMap<FileNo, FileNo>) -> Vec<u8> {
    let mut sorted = vec![0; order.len()];
    for (&no, &place) in order {
        sorted[place as usize] = no;
    }
    let mut offsets = Vec::with_capacity(4 * (sorted.len() + 1));
    let mut records = Vec::new();
    let place = |records: &Vec<u8>| u32::try_from(records.len()).expect("the model is smaller");
    for no in &sorted {
        offsets.extend(place(&records).to_le_bytes());
        let mut file = past.files[*no as usize]
            .clone()
            .expect("it has a path, so it is alive");
        let partners = std::mem::take(&mut file.partners).into_iter();
        file.partners = partners
            .map(|(no, partner)| (order[&no], partner))
            .collect();
        records.extend(encode(&file));
    }
    offsets.extend(place(&records).to_le_bytes());
    let count = u32::try_from(sorted.len()).expect("files are numbered in 32 bits");
    [&count.to_le_bytes()[..], &offsets, &records].concat()
}

impl Files {
    /// The files of a section.
    pub(super) fn new(bytes: Vec<u8>) -> Result<Self, NoModel> {
        let count = number(&bytes, 0).ok_or(NoModel::Damaged)? as usize;
        let table = count
            .checked_add(2)
            .and_then(|numbers| numbers.checked_mul(4));
        if table.is_none_or(|table| table > bytes.len()) {
            return Err(NoModel::Damaged);
        }
        Ok(Files { bytes, count })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A file by its number.
    pub fn get(&self, no: FileNo) -> Option<FilePast> {
        let record = self.record(no as usize)?;
        postcard::from_bytes(record).ok()
    }

    /// The file at a path, and its number.
    pub fn find(&self, path: &[u8]) -> Option<(FileNo, FilePast)> {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = usize::midpoint(low, high);
            // The path is the first field, so it need not be copied to be looked at.
            let (found, _) = postcard::take_from_bytes::<&[u8]>(self.record(middle)?).ok()?;
            match found.cmp(path) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let no = FileNo::try_from(middle).ok()?;
                    return Some((no, self.get(no)?));
                }
            }
        }
        None
    }

    fn record(&self, place: usize) -> Option<&[u8]> {
        if place >= self.count {
            return None;
        }
        let start = self.offset(place)?;
        let end = self.offset(place + 1)?;
        self.bytes.get(start..end)
    }

    fn offset(&self, place: usize) -> Option<usize> {
        let records = 4 * (self.count + 2);
        Some(records + number(&self.bytes, 1 + place)? as usize)
    }
}

/// The number at a place in a table.
fn number(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(4 * place..4 * place + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}
