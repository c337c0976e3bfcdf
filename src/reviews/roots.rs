//! The certificates by which an encrypted forge is known.
//!
//! They are read from where the system's TLS programs have them. `SSL_CERT_FILE` and its like are not asked: whoever sets
//! a variable must not choose who is trusted with the token.

use std::fs;
use std::path::Path;

use ureq::tls::{Certificate, PemItem, RootCerts, parse_pem};

use super::Error;

/// Where systems keep all their certificates in one file.
const BUNDLES: [&str; 4] = [
    // Debian, Ubuntu, Arch, Alpine
    "/etc/ssl/certs/ca-certificates.crt",
    // Fedora, RHEL
    "/etc/pki/tls/certs/ca-bundle.crt",
    // openSUSE
    "/etc/ssl/ca-bundle.pem",
    // FreeBSD, OpenBSD
    "/etc/ssl/cert.pem",
];

/// The certificates in `file`, or those of the system.
pub(super) fn read(file: Option<&Path>) -> Result<RootCerts, Error> {
    let system = || BUNDLES.iter().map(Path::new).find(|file| file.exists());
    let file = file.or_else(system).unwrap_or(Path::new(BUNDLES[0]));
    let unusable = |problem: String| Error::Certificates {
        file: file.to_owned(),
        problem,
    };
    let text = fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) =
            item.map_err(|error| unusable(error.to_string()))?
        {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(unusable("it holds none".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
