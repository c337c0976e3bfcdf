//! The marks of agents, ready to be looked up.

use std::collections::HashMap;
use std::sync::LazyLock;

use once_cell::sync::OnceCell;

use super::marker::Marker;
use super::wording::Wording;

/// The catalogue as it is edited and reviewed.
const MARKERS: &str = include_str!("markers.yml");

/// Where GitHub has its users' no-reply addresses.
const NO_REPLY: &[u8] = b"@users.noreply.github.com";

/// Marks of agents. Letter case never matters.
#[derive(Debug)]
pub struct Catalogue {
    markers: Vec<Marker>,
    by_email: HashMap<Vec<u8>, usize>,
    by_id: HashMap<Vec<u8>, usize>,
    by_account: HashMap<Vec<u8>, usize>,
    by_trailer: HashMap<Vec<u8>, usize>,
    name_suffixes: Vec<(String, usize)>,
    branches: Vec<(String, usize)>,
    /// Compiled when a message first has a line that may name an agent: that takes longer than most pushes do.
    wording: OnceCell<Wording>,
}

impl Catalogue {
    /// What portcullis ships with, read when it is first asked for.
    pub fn built_in() -> &'static Catalogue {
        static BUILT_IN: LazyLock<Catalogue> = LazyLock::new(|| {
            let markers = serde_yaml::from_str(MARKERS).expect("the tests read this very text");
            Catalogue::of(markers)
        });
        &BUILT_IN
    }

    /// A catalogue of these marks. Of two that claim the same the first has it.
    pub fn of(markers: Vec<Marker>) -> Self {
        let mut catalogue = Catalogue {
            markers: Vec::new(),
            by_email: HashMap::new(),
            by_id: HashMap::new(),
            by_account: HashMap::new(),
            by_trailer: HashMap::new(),
            name_suffixes: Vec::new(),
            branches: Vec::new(),
            wording: OnceCell::new(),
        };
        for (position, marker) in markers.iter().enumerate() {
            claim(&mut catalogue.by_email, &marker.emails, position);
            claim(&mut catalogue.by_account, &marker.accounts, position);
            let ids: Vec<String> = marker.ids.iter().map(ToString::to_string).collect();
            claim(&mut catalogue.by_id, &ids, position);
            let keys = marker.trailers.iter().map(|trailer| &trailer.key);
            claim(&mut catalogue.by_trailer, keys, position);
            let with_position = |texts: &[String]| -> Vec<(String, usize)> {
                texts.iter().cloned().map(|text| (text, position)).collect()
            };
            catalogue
                .name_suffixes
                .extend(with_position(&marker.name_suffixes));
            catalogue.branches.extend(with_position(&marker.branches));
        }
        catalogue.markers = markers;
        catalogue
    }

    /// All marks, in the order of the catalogue.
    pub fn markers(&self) -> &[Marker] {
        &self.markers
    }

    /// The agent whose address it is: exactly, or a no-reply address of GitHub with the number or the name of one of its
    /// accounts. Neither a domain nor a display name makes an agent.
    pub fn agent_of_email(&self, email: &[u8]) -> Option<&Marker> {
        let email = email.to_ascii_lowercase();
        let position = self.by_email.get(&email).copied().or_else(|| {
            let local = email.strip_suffix(NO_REPLY)?;
            let (id, login) = match local.iter().position(|&byte| byte == b'+') {
                Some(plus) => (&local[..plus], &local[plus + 1..]),
                None => (&local[..0], local),
            };
            let by_id = self.by_id.get(id);
            by_id.or_else(|| self.by_account.get(login)).copied()
        })?;
        Some(&self.markers[position])
    }

    /// The agent that has an account of this name, on GitHub or, where the policy adds it, on the server.
    pub fn agent_of_account(&self, account: &str) -> Option<&Marker> {
        self.look_up(&self.by_account, account.as_bytes())
    }

    /// The agent that writes such a trailer, and nobody else does.
    pub(super) fn agent_of_trailer(&self, key: &[u8], value: &[u8]) -> Option<&str> {
        let marker = self.look_up(&self.by_trailer, key)?;
        let is_of_the_tool = |values: &[String]| {
            let is_value = |known: &String| value.eq_ignore_ascii_case(known.as_bytes());
            values.is_empty() || values.iter().any(is_value)
        };
        let mut marks = marker.trailers.iter();
        marks
            .any(|mark| {
                key.eq_ignore_ascii_case(mark.key.as_bytes()) && is_of_the_tool(&mark.values)
            })
            .then_some(&*marker.name)
    }

    /// The agent that puts its mark behind the names of people.
    pub(super) fn agent_of_suffix(&self, name: &[u8]) -> Option<&str> {
        let found = self
            .name_suffixes
            .iter()
            .find(|(suffix, _)| name.ends_with(suffix.as_bytes()));
        found.map(|(_, position)| self.name_at(*position))
    }

    /// The agent that makes branches whose short name begins so.
    pub(super) fn agent_of_branch(&self, short: &[u8]) -> Option<&str> {
        let found = self
            .branches
            .iter()
            .find(|(prefix, _)| short.starts_with(prefix.as_bytes()));
        found.map(|(_, position)| self.name_at(*position))
    }

    /// The agent that a text names at its beginning.
    pub(super) fn agent_of_text(&self, text: &[u8]) -> Option<&str> {
        let named = self.wording().at_start(text)?;
        Some(self.name_at(named.position))
    }

    /// The same, where nobody else is called so.
    pub(super) fn agent_of_unmistakable_text(&self, text: &[u8]) -> Option<&str> {
        let named = self.wording().at_start(text)?;
        let is_unmistakable = named.is_unmistakable;
        is_unmistakable.then(|| self.name_at(named.position))
    }

    fn name_at(&self, position: usize) -> &str {
        &self.markers[position].name
    }

    fn wording(&self) -> &Wording {
        self.wording.get_or_init(|| Wording::of(&self.markers))
    }

    fn look_up(&self, index: &HashMap<Vec<u8>, usize>, key: &[u8]) -> Option<&Marker> {
        let position = index.get(&key.to_ascii_lowercase())?;
        Some(&self.markers[*position])
    }
}

fn claim<'a>(
    index: &mut HashMap<Vec<u8>, usize>,
    keys: impl IntoIterator<Item = &'a String>,
    position: usize,
) {
    for key in keys {
        index
            .entry(key.to_ascii_lowercase().into_bytes())
            .or_insert(position);
    }
}
