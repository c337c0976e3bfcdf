//! Where a change comes from: what is declared of the part that agents, programs that write code, had in it.
//!
//! The [`Catalogue`] knows how they show: by exact addresses, accounts, trailers and footers, each with the source that
//! it was learned from.

mod catalogue;
mod marker;

pub use catalogue::Catalogue;
pub use marker::{Kind, Marker, TrailerMark};
