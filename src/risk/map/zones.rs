//! Zones to start from: the fewest paths that hold the files of the upper bands.

use std::collections::BTreeSet;

use gix::bstr::BString;

use super::directories::above;
use super::{File, Map};
use crate::risk::score::Band;

/// A zone to start from.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone<'a> {
    /// Files of this band are in it.
    pub band: Band,
    /// Its places, the heaviest first.
    pub places: Vec<Place<'a>>,
    /// How many more there would be.
    pub more: usize,
    /// The share of all trouble that its places hold, from 0 to 1.
    pub of_trouble: f64,
    /// The share of all code.
    pub of_code: f64,
}

/// A path of a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Place<'a> {
    /// It.
    pub path: &'a BString,
    /// What is there.
    pub what: What<'a>,
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq)]
pub enum What<'a> {
    /// A file.
    File(&'a File),
    /// A directory, at least half of whose code is in the band, or above.
    Directory(&'a super::Directory),
}

/// The zones of a map, each of at most so many places. What lies in the critical one is not listed again; a directory that is
/// high as a whole may hold it.
pub fn of(map: &Map, most: usize) -> Vec<Zone<'_>> {
    let mut taken: BTreeSet<&[u8]> = BTreeSet::new();
    let mut zones = Vec::new();
    for band in [Band::Critical, Band::High] {
        let mut places = places(map, band, &taken);
        let more = places.len().saturating_sub(most);
        places.truncate(most);
        if places.is_empty() {
            continue;
        }
        taken.extend(places.iter().map(|place| place.path.as_slice()));
        zones.push(Zone {
            band,
            of_trouble: places.iter().map(Place::of_trouble).sum(),
            of_code: places.iter().map(Place::of_code).sum(),
            places,
            more,
        });
    }
    zones
}

/// The directories whose code is mostly in this band, the outermost only; and the files of the band that are in none of
/// these.
fn places<'a>(map: &'a Map, band: Band, taken: &BTreeSet<&[u8]>) -> Vec<Place<'a>> {
    const FEWEST_FILES: usize = 3;
    let is_in = |found: Band| found >= band && found != Band::Unknown;
    let is_below =
        |path: &[u8], places: &BTreeSet<&[u8]>| above(path).any(|above| places.contains(above));
    let is_taken = |path: &[u8]| taken.contains(path) || is_below(path, taken);
    let mut outermost: BTreeSet<&[u8]> = BTreeSet::new();
    let mut places = Vec::new();
    // Directories are sorted, so whatever holds one comes before it.
    for directory in &map.directories {
        let path = directory.path.as_slice();
        let is_worth = directory.sum.files >= FEWEST_FILES && is_in(directory.band);
        if is_worth && !is_taken(path) && !is_below(path, &outermost) {
            outermost.insert(path);
            places.push(Place {
                path: &directory.path,
                what: What::Directory(directory),
            });
        }
    }
    let files = map.files.iter().filter(|file| {
        is_in(file.band) && !is_taken(&file.path) && !is_below(&file.path, &outermost)
    });
    places.extend(files.map(|file| Place {
        path: &file.path,
        what: What::File(file),
    }));
    places.sort_by(|one, other| {
        let by_trouble = other.of_trouble().total_cmp(&one.of_trouble());
        by_trouble.then_with(|| one.path.cmp(other.path))
    });
    places
}

impl Place<'_> {
    /// The share of all trouble that is here.
    pub fn of_trouble(&self) -> f64 {
        match self.what {
            What::File(file) => file.of_trouble,
            What::Directory(directory) => directory.sum.of_trouble,
        }
    }

    /// The share of all code that is here.
    pub fn of_code(&self) -> f64 {
        match self.what {
            What::File(file) => file.of_code,
            What::Directory(directory) => directory.sum.of_code,
        }
    }
}
