//! The mark on an approval that podwhy took itself.
//!
//! Whoever may write the ledger could add an approval, or change what was approved. The seal is made with a key that only the bot has,
//! over the object's uid, the cluster, a digest of the spec, who agreed when, and the groups that the chat added to theirs: an approval
//! under another object, another spec, another name or with another group does not hold. It is no secret and stands beside the approval.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::record::{Approval, Attested, Remediation};

/// The key of the bot, at least [`SHORTEST`] bytes.
#[derive(Clone)]
pub struct Sealer(Vec<u8>);

/// A shorter key is refused.
pub const SHORTEST: usize = 32;

/// Never shows the key.
impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// `None` for a key that is too short.
    pub fn new(key: &[u8]) -> Option<Sealer> {
        (key.len() >= SHORTEST).then(|| Sealer(key.to_vec()))
    }

    /// The approval with its seal, for this Remediation as it is stored.
    pub fn seal(&self, remediation: &Remediation, approval: Approval) -> Approval {
        let seal = self.mac(remediation, &approval).map(hex).unwrap_or_default();
        Approval { seal, ..approval }
    }

    /// Whether this approval was sealed by this key for this Remediation as it stands.
    pub fn holds(&self, remediation: &Remediation, approval: &Approval) -> bool {
        let Some(given) = bytes(&approval.seal) else { return false };
        self.mac(remediation, approval).is_some_and(|mac| mac.verify_slice(&given).is_ok())
    }

    /// Whether all approvals hold, and every word that was given.
    pub fn all_hold(&self, remediation: &Remediation) -> bool {
        let status = &remediation.status;
        status.approvals.iter().all(|approval| self.holds(remediation, approval))
            && status.attested.iter().all(|attested| self.holds_word(remediation, attested))
    }

    /// Somebody's word with its seal.
    pub fn seal_word(&self, remediation: &Remediation, attested: Attested) -> Attested {
        let seal = self.mac_of_word(remediation, &attested).map(hex).unwrap_or_default();
        Attested { seal, ..attested }
    }

    /// Whether this word was sealed by this key for this Remediation as it stands.
    pub fn holds_word(&self, remediation: &Remediation, attested: &Attested) -> bool {
        let Some(given) = bytes(&attested.seal) else { return false };
        self.mac_of_word(remediation, attested).is_some_and(|mac| mac.verify_slice(&given).is_ok())
    }

    fn mac_of_word(&self, remediation: &Remediation, attested: &Attested) -> Option<Hmac<Sha256>> {
        let (established, at) = (attested.established_at.to_string(), attested.at.to_string());
        let said =
            [&attested.user, attested.platform.as_str(), &attested.person, &attested.how, &established, &at];
        self.mac_over(remediation, "attest", &said)
    }

    fn mac(&self, remediation: &Remediation, approval: &Approval) -> Option<Hmac<Sha256>> {
        let at = approval.at.to_string();
        let said = [
            approval.user.as_str(),
            approval.platform.as_str(),
            &approval.person,
            approval.typed.as_deref().unwrap_or_default(),
            &at,
        ];
        let groups = approval.added_groups.iter().map(String::as_str);
        self.mac_over(remediation, "approve", &Vec::from_iter(said.into_iter().chain(groups)))
    }

    /// HMAC takes a key of any length.
    fn mac_over(&self, remediation: &Remediation, what: &str, said: &[&str]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        let digest = remediation.spec.digest();
        let parts =
            ["podwhy-approval-1", &remediation.uid, &remediation.spec.root_cause.cluster, &digest, what];
        for part in parts.into_iter().chain(said.iter().copied()) {
            // with its length, so that no two lists of parts read alike
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
}

fn hex(mac: Hmac<Sha256>) -> String {
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.is_ascii() || hex.len() != 64 {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::machine::testing::{approval, remediation};
    use super::*;

    fn sealer() -> Sealer {
        Sealer::new(&[7; SHORTEST]).unwrap()
    }

    #[test]
    fn a_short_key_is_none() {
        assert!(Sealer::new(&[7; SHORTEST - 1]).is_none());
        assert_eq!(format!("{:?}", sealer()), "Sealer");
    }

    #[test]
    fn what_is_sealed_holds_for_this_object_spec_person_and_time_only() {
        let stored = remediation();
        let sealed = sealer().seal(&stored, approval("ann"));
        assert!(sealer().holds(&stored, &sealed));
        let mut others = vec![stored.clone(); 4];
        others[0].uid = "another".to_string();
        others[1].spec.root_cause.cluster = "another".to_string();
        others[2].spec.plan.targets[0].uid = "another".to_string();
        others[3].spec.floor.approvals = 1;
        for other in &others {
            assert!(!sealer().holds(other, &sealed), "{other:#?}");
        }
        let changed: [fn(&mut Approval); 6] = [
            |a| a.added_groups.push("podwhy:admins".to_string()),
            |a| a.user = "bob".to_string(),
            |a| a.person = "U2".to_string(),
            |a| a.typed = Some("x".to_string()),
            |a| a.at = jiff::Timestamp::UNIX_EPOCH,
            |a| a.seal = a.seal.to_uppercase().replace(char::is_numeric, "0"),
        ];
        for change in changed {
            let mut other = sealed.clone();
            change(&mut other);
            assert!(!sealer().holds(&stored, &other), "{other:#?}");
        }
        assert!(!Sealer::new(&[8; SHORTEST]).unwrap().holds(&stored, &sealed), "another's key");
    }

    #[test]
    fn a_word_is_sealed_as_an_approval_is_and_is_none() {
        let mut stored = remediation();
        let at = jiff::Timestamp::from_second(1_790_000_060).unwrap();
        let word = Attested {
            user: "eve".to_string(),
            platform: crate::chat::Platform::Slack,
            person: "U-eve".to_string(),
            how: "BMC says off".to_string(),
            established_at: at,
            at,
            seal: String::new(),
        };
        let sealed = sealer().seal_word(&stored, word);
        assert!(sealer().holds_word(&stored, &sealed));
        for changed in [
            Attested { how: "I think so".to_string(), ..sealed.clone() },
            Attested { user: "mallory".to_string(), ..sealed.clone() },
            Attested { established_at: jiff::Timestamp::UNIX_EPOCH, ..sealed.clone() },
        ] {
            assert!(!sealer().holds_word(&stored, &changed), "{changed:#?}");
        }
        let as_approval =
            Approval { seal: sealed.seal.clone(), typed: Some(sealed.how.clone()), ..approval("eve") };
        assert!(!sealer().holds(&stored, &as_approval));
        stored.status.attested.push(Attested { how: "I think so".to_string(), ..sealed });
        assert!(!sealer().all_hold(&stored));
    }

    #[test]
    fn the_groups_that_the_chat_added_are_sealed_one_by_one() {
        let stored = remediation();
        let with = |groups: &[&str]| Approval {
            added_groups: groups.iter().map(|group| group.to_string()).collect(),
            ..approval("ann")
        };
        let sealed = sealer().seal(&stored, with(&["a", "bc"]));
        assert!(sealer().holds(&stored, &sealed));
        for other in [&[][..], &["a"], &["bc", "a"], &["ab", "c"], &["a", "bc", ""], &["a", "bc", "d"]] {
            let forged = Approval { seal: sealed.seal.clone(), ..with(other) };
            assert!(!sealer().holds(&stored, &forged), "{other:?}");
        }
    }

    #[test]
    fn what_is_no_seal_holds_for_nothing() {
        for seal in ["", "00", "zz", &"é".repeat(32), &"0".repeat(64), &"g".repeat(64)] {
            let forged = Approval { seal: seal.to_string(), ..approval("ann") };
            assert!(!sealer().holds(&remediation(), &forged), "{seal}");
        }
    }
}
