//! The signature on a ticket: Ed25519 (RFC 8032), by a key that podwhy alone has.
//!
//! Keys are PEM files, as `openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` write them. An agent takes two public keys: while
//! the key changes, tickets of either are obeyed.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::ticket::{Order, Refusal, Ticket};

/// At most so many keys are taken at once.
pub const MOST_KEYS: usize = 2;

/// Why a key cannot be used. What it is made of is never in here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// It is no such key.
    #[error("it is no Ed25519 {0} key in PEM")]
    Unreadable(&'static str),
    /// There is none.
    #[error("no key is given")]
    None,
    /// There are more than [`MOST_KEYS`].
    #[error("{0} keys are given, of at most {MOST_KEYS}")]
    TooMany(usize),
}

/// podwhy's own key.
pub struct Key {
    key: SigningKey,
    id: String,
}

/// It is never shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Key {
    /// From `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`].
    pub fn from_pem(pem: &str) -> Result<Key, KeyError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::Unreadable("private"))?;
        Ok(Key { id: key_id(&key.verifying_key()), key })
    }

    /// From thirty-two random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Key {
        let key = SigningKey::from_bytes(seed);
        Key { id: key_id(&key.verifying_key()), key }
    }

    /// What agents are given of it: `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// [`KeyError::Unreadable`] where it cannot be written, which no key is known for.
    pub fn public_pem(&self) -> Result<String, KeyError> {
        let pem = self.key.verifying_key().to_public_key_pem(LineEnding::LF);
        pem.map_err(|_| KeyError::Unreadable("public"))
    }

    /// By what agents find it: see [`key_id`].
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Signs an order.
    pub fn sign(&self, order: Order) -> Ticket {
        let signature = STANDARD.encode(self.key.sign(&order.bytes()).to_bytes());
        Ticket { key: self.id.clone(), signature, order }
    }
}

/// The keys whose tickets an agent obeys.
#[derive(Clone, Debug)]
pub struct Keys(Vec<VerifyingKey>);

impl Keys {
    /// From one or two of `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    /// [`KeyError`]; a key that is weak (of small order, for which signatures can be made up) is unreadable too.
    pub fn from_pems<'p>(pems: impl IntoIterator<Item = &'p str>) -> Result<Keys, KeyError> {
        let mut keys = Vec::new();
        for pem in pems {
            let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| KeyError::Unreadable("public"))?;
            if key.is_weak() {
                return Err(KeyError::Unreadable("public"));
            }
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        match keys.len() {
            0 => Err(KeyError::None),
            1..=MOST_KEYS => Ok(Keys(keys)),
            more => Err(KeyError::TooMany(more)),
        }
    }

    /// Their ids.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(key_id)
    }

    /// What is ordered, if one of these signed it.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::UnknownKey`] or [`Refusal::Forged`].
    pub fn open<'t>(&self, ticket: &'t Ticket) -> Result<&'t Order, Refusal> {
        let malformed = || Refusal::Malformed("its signature is none".to_string());
        let bytes = STANDARD.decode(&ticket.signature).map_err(|_| malformed())?;
        let signature = Signature::from_slice(&bytes).map_err(|_| malformed())?;
        let key = self.0.iter().find(|key| key_id(key) == ticket.key);
        let key = key.ok_or_else(|| Refusal::UnknownKey(ticket.key.chars().take(32).collect()))?;
        // strict: one signature has one form, and no other passes for it
        let holds = key.verify_strict(&ticket.order.bytes(), &signature);
        holds.map(|()| &ticket.order).map_err(|_| Refusal::Forged)
    }
}

/// The first eight bytes of the public key's SHA-256, in hex: it says which key, and nothing of it.
pub fn key_id(key: &VerifyingKey) -> String {
    Sha256::digest(key.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
