//! Git's own data, read with gix: the one room that knows how objects are built.

pub mod message;
