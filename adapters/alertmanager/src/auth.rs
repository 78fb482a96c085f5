//! Who may send: a bearer token, a user with a password, or whoever has a certificate.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// What a request must carry.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// `Authorization: Bearer TOKEN`
    Bearer(SecretString),
    /// `Authorization: Basic …`
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretString,
    },
    /// Nothing: only behind a [listener](crate::listener) that takes nobody without a certificate of `client_ca`.
    Certificate,
}

impl Credentials {
    pub(crate) fn are_in(&self, headers: &HeaderMap) -> bool {
        let sent = headers.get(header::AUTHORIZATION);
        let wanted = match self {
            Credentials::Certificate => return true,
            Credentials::Bearer(token) => format!("Bearer {}", token.expose_secret()),
            Credentials::Basic { user, password } => {
                let both = format!("{user}:{}", password.expose_secret());
                format!("Basic {}", STANDARD.encode(both))
            }
        };
        // digests differ everywhere at once: the time of the comparison tells nothing of the secret
        sent.is_some_and(|sent| Sha256::digest(sent.as_bytes()) == Sha256::digest(wanted.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(authorization: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, authorization.parse().unwrap());
        headers
    }

    #[test]
    fn only_what_is_configured_is_let_in() {
        let bearer = Credentials::Bearer("s3cret".into());
        assert!(bearer.are_in(&with("Bearer s3cret")));
        for wrong in ["Bearer s3cre", "Bearer s3crets", "bearer", "Basic s3cret", ""] {
            assert!(!bearer.are_in(&with(wrong)), "{wrong}");
        }
        assert!(!bearer.are_in(&HeaderMap::new()));
        let basic = Credentials::Basic { user: "am".into(), password: "pw".into() };
        assert!(basic.are_in(&with("Basic YW06cHc=")));
        assert!(!basic.are_in(&with("Basic YW06cHg=")));
    }
}
