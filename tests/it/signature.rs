//! Signatures, compared with what git, ssh-keygen and gpg make and say of the same objects.

mod allowed_signers;
pub(crate) mod desk;
mod gnupg;
mod hostile;
mod openpgp;
mod policy;
mod push_certificates;
mod pushes;
mod revoked;
pub(crate) mod security_keys;
mod ssh;
mod v6;
