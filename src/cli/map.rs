//! `portcullis map`

use std::path::{Path, PathBuf};

use gix::hash::ObjectId;

use super::progress::Progress;
use super::risk::past::past_at;
use super::risk::{Done, Fixes, open, tip};
use super::{Exit, revision};
use crate::forge;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::report::map::text::Extent;
use crate::report::map::{Report, json, page, text, yaml};
use crate::risk::map::{self, Tree};

/// Show which paths carry weight, and why
///
/// Draws a map of the product's code from the repository's own history: what was mended and taken back where, how far each
/// file reaches, and how many people still know it. Where `portcullis risk train` has stored what it read, the map begins
/// there; what is newer, or all of it, is read now and not kept. Nothing is changed.
///
/// It knows where changes went wrong, and not what a break would cost, or where the next one will be: read it beside what
/// you know.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  The ten heaviest directories and files:
    portcullis map --repo /srv/git/shop/web.git

  A page to walk in, by mouse, finger or keyboard:
    portcullis map --html map.html

  Zones to start from:
    portcullis map --yaml > zones.yml && portcullis check zones.yml --repo .

  For a program (`schema` is portcullis/map/v1):
    portcullis map --json | jq -r '.files[:10][] | \"\\(.band) \\(.path)\"'

Exit codes: 0 done, 2 the usage is wrong, 3 the program failed.")]
pub struct Map {
    /// The repository, bare or not
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The branch, tag or commit; by default the repository's default branch
    #[arg(long, value_name = "REF")]
    pub r#ref: Option<String>,
    /// `owner/name` of the repository; by default the end of its path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// In the table: directories within so many others
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub depth: usize,
    /// Rows of each table, or paths of each zone
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub top: usize,
    #[command(flatten)]
    fixes: Fixes,
    /// Print all of it as JSON
    #[arg(long, conflicts_with = "yaml")]
    pub json: bool,
    /// Print a policy of zones, each path with its reason
    #[arg(long)]
    pub yaml: bool,
    /// Write a page for a browser, which needs nothing but itself
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

impl Map {
    /// Draws it.
    pub fn run(&self) -> Exit {
        self.draw().unwrap_or_else(|error| super::failed(&*error))
    }

    fn draw(&self) -> Done {
        let repository = open(&self.repo)?;
        let Some(asked) = self.commit(&repository)? else {
            return self.say_nothing();
        };
        let (past, remarks) = past_at(&repository, asked, &self.fixes)?;
        let tip = past.tip().unwrap_or(asked);
        let progress = Progress::of("reading imports");
        let tree = Tree::read(&repository.objects, tip, |done, all| {
            progress.show(done as u64, all as u64);
        })?;
        drop(progress);
        let Some(map) = map::Map::of(&past, &tree, repository.layout.is_shallow()) else {
            return self.say_nothing();
        };
        let name = self.repository.clone();
        let name = name.unwrap_or_else(|| forge::repository_name(&repository.layout.git_dir));
        let default = repository.refs.default_branch()?.unwrap_or_default();
        let default = default.strip_prefix(b"refs/heads/").unwrap_or(&default);
        let default = String::from_utf8_lossy(default);
        let report = Report {
            repository: &name,
            name: self.r#ref.as_deref().unwrap_or(&default),
            map: &map,
            remarks,
        };
        self.print(&report)
    }

    fn print(&self, report: &Report<'_>) -> Done {
        if let Some(path) = &self.html {
            super::write(path, &page::render(report))?;
        }
        if self.json {
            super::print(&format!("{}\n", json::document(report)));
        } else if self.yaml {
            let policy = yaml::policy(report, self.top);
            // Whoever gets a policy that `check` refuses has been lied to.
            Policy::parse(policy.as_bytes(), Path::new("zones.yml")).map_err(|error| {
                Error::Format(format!("the policy that was written is wrong: {error}"))
            })?;
            super::print(&policy);
        } else {
            let extent = Extent {
                depth: self.depth,
                top: self.top,
            };
            super::print(&text::report(report, extent));
        }
        Ok(Exit::Fine)
    }

    /// What is said of a branch without a commit.
    fn say_nothing(&self) -> Done {
        const NOTHING: &str = "The branch has no commit yet, so there is nothing to draw.";
        if self.json || self.yaml || self.html.is_some() {
            return Err(super::risk::WrongInput::Nothing(NOTHING).into());
        }
        super::print(&format!("{NOTHING}\n"));
        Ok(Exit::Fine)
    }

    fn commit(
        &self,
        repository: &Repository,
    ) -> Result<Option<ObjectId>, Box<dyn std::error::Error>> {
        let Some(name) = &self.r#ref else {
            return tip(repository, None);
        };
        let id = revision::resolve(repository, name)?;
        let commit = repository.objects.commit_behind(&id)?;
        let wrong = || super::risk::WrongInput::NoBranch(name.clone());
        Ok(Some(commit.ok_or_else(wrong)?))
    }
}
