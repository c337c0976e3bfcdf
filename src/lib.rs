//! portcullis guards a git server at the moment of the push.
