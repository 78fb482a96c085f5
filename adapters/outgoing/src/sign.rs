//! The signature of a webhook, by which its receiver knows that it comes from podwhy and is new.
//!
//! `Podwhy-Signature: t=1767279840,v1=5257a8…,v1=0c1f…`: the time of sending in Unix seconds, and for each key the HMAC-SHA256 of
//! `TIME.BODY` in hex. While a key is being replaced there are two; a receiver accepts what any of them signs. It should refuse what
//! is older than a few minutes, compare in constant time, and forget a `Podwhy-Delivery` it has seen.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// The header of the signature.
pub const SIGNATURE: &str = "podwhy-signature";
/// The header of the notice's id: the same when it is sent again.
pub const DELIVERY: &str = "podwhy-delivery";

/// The signature of a body at a time, by every key.
pub fn signature(keys: &[SecretString], time: i64, body: &str) -> String {
    let signed = keys.iter().filter_map(|key| mac(key, time, body)).map(|mac| format!(",v1={mac}"));
    format!("t={time}{}", signed.collect::<String>())
}

/// `None` for no key: HMAC takes one of any length.
fn mac(key: &SecretString, time: i64, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose_secret().as_bytes()).ok()?;
    mac.update(format!("{time}.").as_bytes());
    mac.update(body.as_bytes());
    Some(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_documentation() {
        // printf '1767279840.{"a":1}' | openssl dgst -sha256 -hmac first
        let keys = ["first", "second"].map(SecretString::from);
        let both = signature(&keys, 1_767_279_840, r#"{"a":1}"#);
        assert_eq!(both, SIGNED);
        assert_eq!(signature(&keys[..1], 1_767_279_840, r#"{"a":1}"#), SIGNED[..SIGNED.len() - 68]);
    }

    const SIGNED: &str = "t=1767279840,v1=d3c295e40b6c531f1cce84ce099d989f93eb8d9f350c478637b9359ebf701e1f,v1=5def91b3a80ee026cfe70e38744d79acba71e15256c3cbacf507a0fc12f8645c";
}
