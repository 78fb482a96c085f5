//! Alertmanager, known to the whole bot by its certificate.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use podwhy_fakes::slack::FakeSlack;
use podwhy_tests::chat::{Bot, channel};
use podwhy_tests::http::send;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::slack::{said, subscribed};

/// An authority, whose files are in a folder.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate and its key, in PEM.
    fn pair(&self, name: &str) -> (String, String) {
        let mut params = CertificateParams::new(vec![name.to_string()]).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    /// Writes what the bot reads.
    fn write(&self, folder: &Path) {
        let (certificate, key) = self.pair("localhost");
        for (name, text) in [("tls.crt", certificate), ("tls.key", key), ("ca.crt", self.0.pem())] {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }

    /// What a client of this certificate is answered to an alert; nothing where it is hung up on.
    async fn alert(&self, to: SocketAddr, client: Option<(String, String)>) -> Option<String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let builder = builder.unwrap().with_root_certificates(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain =
                    CertificateDer::pem_slice_iter(certificate.as_bytes()).collect::<Result<_, _>>().unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(to).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
        let body = group();
        let head = format!(
            "POST /alertmanager HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.ok()?;
        answer.lines().next().map(str::to_string)
    }
}

fn group() -> String {
    json!({"version": "4", "groupKey": "{}:{}", "status": "firing", "receiver": "podwhy", "truncatedAlerts": 0,
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
        "alerts": [{"status": "firing", "labels": {"alertname": "CheckoutErrorRate", "severity": "critical"},
            "annotations": {"summary": "too many"}, "startsAt": "2026-11-23T18:42:53.632Z",
            "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "", "fingerprint": "dd8b4f6214d1d221"}]})
    .to_string()
}

#[tokio::test]
async fn alerts_are_taken_of_whoever_has_the_right_certificate_and_nowhere_else() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    authority.write(folder.path());
    let at = |name: &str| folder.path().join(name).display().to_string();
    let alertmanager = format!(
        "[alertmanager]\nlisten = \"127.0.0.1:0\"\ntls_cert = \"{}\"\ntls_key = {{ file = \"{}\" }}\nclient_ca = \"{}\"\n\
        client_names = [\"alertmanager.example\"]\n[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\n",
        at("tls.crt"),
        at("tls.key"),
        at("ca.crt")
    );
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let more = format!("{}{alertmanager}", channel("slack", "C0OPS"));
    let running = Bot { slack: Some(&slack), more, ..Bot::default() }.start().await.unwrap();
    let to = running.alerts_address().unwrap();
    let ok = Some("HTTP/1.1 200 OK".to_string());
    assert_eq!(authority.alert(to, Some(authority.pair("alertmanager.example"))).await, ok);
    said(&slack, "C0OPS", "CheckoutErrorRate").await;
    assert_eq!(authority.alert(to, Some(authority.pair("other.example"))).await, None);
    assert_eq!(authority.alert(to, None).await, None);
    let plain =
        send(running.address().unwrap(), "POST", "/alertmanager", &[], group().as_bytes()).await.unwrap();
    assert_eq!(plain.status, 404, "there is no way around it");
    // rotated while it runs
    let renewed = Authority::new();
    renewed.write(folder.path());
    assert_eq!(renewed.alert(to, Some(renewed.pair("alertmanager.example"))).await, ok);
    assert_eq!(renewed.alert(to, Some(authority.pair("alertmanager.example"))).await, None);
}
