//! portcullis guards a git server at the moment of the push.
//!
//! Data flows one way:
//!
//! ```text
//! stdin ─► push ──┐
//! env ─► forge ───┤
//! YAML ─► policy ─┼─► facts (git objects, in parallel, only what a rule asks) ─► engine ─► decision ─► ledger, state,
//! past ─► state ──┘                                                                                  report, exit code
//! ```
//!
//! [`push`] is who pushes what, [`forge`] the server around it, [`policy`] what is allowed, and [`origin`] where that is
//! written. [`facts`] collects what is
//! known, through [`git`], the only room that touches objects, [`paths`], which matches patterns, and [`reviews`], which
//! asks the forge who has approved. [`engine`] decides, purely: [`conditions`] says whether a rule applies, and [`rules`] what
//! its requirements lack; [`approval`] says who has approved a change, [`bypass`] who goes past rules all the same, [`codeowners`] whom a repository names as owners,
//! [`signature`] whose a signature is, and [`provenance`] what commits say of the part that agents had in them. [`risk`] says what history makes of a change. [`decision`] is the answer and why, and
//! [`report`] puts it into words. [`state`] is what is remembered from push to push, [`ledger`] the chain of all
//! decisions, and [`verify`] holds the two against each other. [`doctor`] looks whether an installation does what it should.
//!
//! [`people`] takes over who is who from a forge or a file, outside the hook. [`starter`] writes a first policy for a
//! repository that has none, and [`survey`] holds a policy against the files and refs of one. [`judging`] leads from a push
//! to its decision, and [`cli`] has one file for each verb that takes this way. [`cases`] are pushes that a policy's author
//! expects it to accept or refuse, and [`simulation`] takes them from the past of a repository.

pub mod approval;
pub mod bypass;
pub mod cases;
pub mod cli;
pub mod codeowners;
pub mod conditions;
pub mod decision;
mod digest;
pub mod doctor;
pub mod engine;
pub mod facts;
pub mod forge;
pub mod git;
pub mod judging;
pub mod ledger;
pub mod origin;
pub mod paths;
pub mod people;
pub mod policy;
pub mod provenance;
pub mod push;
pub mod report;
pub mod reviews;
pub mod risk;
pub mod rules;
pub mod signature;
pub mod simulation;
pub mod starter;
pub mod state;
pub mod survey;
pub mod verify;
