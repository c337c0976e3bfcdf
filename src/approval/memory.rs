//! What is remembered of approvals: when the gate first saw each, which it has spent, and every veto, so that deleting a
//! ref behind the gate's back gains nobody anything.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::ApprovalId;

/// The memory of one repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Memory {
    /// When each approval tag was first seen, in seconds since 1970.
    pub seen: BTreeMap<ObjectId, i64>,
    /// The tips that each approval has let in, by the ref that they were for.
    pub spent: BTreeMap<(ApprovalId, BString), BTreeSet<ObjectId>>,
    /// Tags that veto, whole, with the ref that held them.
    pub vetoes: BTreeMap<ObjectId, (BString, Vec<u8>)>,
}
