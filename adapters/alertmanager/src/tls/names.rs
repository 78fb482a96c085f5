//! Whose certificate it is.

use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// Whether a certificate has one of these names, letter by letter: one for `*.example` is no one's of `a.example`.
pub(crate) fn has_one_of(certificate: &CertificateDer<'_>, names: &[String]) -> bool {
    let Ok(parsed) = EndEntityCert::try_from(certificate) else { return false };
    parsed.valid_dns_names().chain(parsed.valid_uri_names()).any(|own| names.iter().any(|name| name == own))
}
