use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::routing::post;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::*;
use crate::listener::SecureListener;

/// A certificate and its key, in PEM.
#[derive(Clone)]
struct Pair(String, String);

struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        Authority(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn pair(&self, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let names: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        Pair(signed.pem(), key.serialize_pem())
    }

    fn client(&self) -> Pair {
        self.pair(&["alertmanager.example"], |_| {})
    }
}

/// A listener, and the files it reads.
struct World {
    authority: Authority,
    files: Arc<Mutex<[String; 3]>>,
    metrics: Metrics,
    listener: SecureListener,
}

impl World {
    async fn start(names: &[&str]) -> World {
        let authority = Authority::new();
        let Pair(certificate, key) = authority.pair(&["localhost"], |_| {});
        let files = Arc::new(Mutex::new([certificate, key, authority.0.pem()]));
        let source = |at: usize| {
            let files = Arc::clone(&files);
            let read = move || Ok(files.lock().unwrap()[at].clone().into_bytes());
            Arc::new(read) as Source
        };
        let client_names = names.iter().map(|name| (*name).to_string()).collect();
        let tls = Tls { certificate: source(0), key: source(1), client_ca: Some(source(2)), client_names };
        let metrics = Metrics::default();
        let routes = Router::new().route("/alertmanager", post(|| async { "kept" }));
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = SecureListener::open(listen, tls, routes, metrics.clone()).await.unwrap();
        World { authority, files, metrics, listener }
    }

    /// What is answered to a client with this certificate; nothing to one that is refused.
    async fn ask(&self, client: Option<&Pair>) -> Option<String> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.0.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let config = match client {
            None => builder.with_no_client_auth(),
            Some(Pair(certificate, key)) => {
                let chain = certificates(certificate.as_bytes(), "client").unwrap();
                let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        let stream = TcpStream::connect(self.listener.address()).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.ok()?;
        let request =
            "POST /alertmanager HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = String::new();
        let read = stream.read_to_string(&mut answer).await;
        read.ok().filter(|_| answer.starts_with("HTTP/1.1 200")).map(|_| answer)
    }

    /// How many were refused so: it is counted a moment after the client learned of it.
    async fn refused(&self, outcome: &'static str) -> u64 {
        for _ in 0..10_000 {
            if self.metrics.handshakes(outcome) > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        self.metrics.handshakes(outcome)
    }
}

#[tokio::test]
async fn only_a_client_of_the_authority_is_answered() {
    let world = World::start(&[]).await;
    assert!(world.ask(Some(&world.authority.client())).await.unwrap().ends_with("kept"));
    assert_eq!(world.ask(None).await, None);
    assert_eq!(world.refused("no-certificate").await, 1);
    assert_eq!(world.ask(Some(&Authority::new().client())).await, None);
    assert_eq!(world.refused("untrusted").await, 1);
    let expired = |params: &mut CertificateParams| {
        (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2020, 1, 2));
    };
    let expired = world.authority.pair(&["alertmanager.example"], expired);
    assert_eq!(world.ask(Some(&expired)).await, None);
    assert_eq!(world.refused("expired").await, 1);
    // a server's certificate is no client's
    let server = |params: &mut CertificateParams| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    };
    assert_eq!(world.ask(Some(&world.authority.pair(&["x"], server))).await, None);
    assert_eq!((world.metrics.handshakes("accepted"), world.metrics.handshakes("other")), (1, 0));
}

#[tokio::test]
async fn of_its_clients_only_those_named_are_answered() {
    let spiffe = "spiffe://prod/ns/monitoring/sa/alertmanager";
    let world = World::start(&["alertmanager.example", spiffe]).await;
    assert!(world.ask(Some(&world.authority.client())).await.is_some());
    let by_uri = |params: &mut CertificateParams| {
        params.subject_alt_names = vec![SanType::URI(spiffe.try_into().unwrap())];
    };
    assert!(world.ask(Some(&world.authority.pair(&[], by_uri))).await.is_some());
    for names in [vec!["other.example"], vec!["*.example"], vec![]] {
        assert_eq!(world.ask(Some(&world.authority.pair(&names, |_| {}))).await, None, "{names:?}");
    }
    assert_eq!(world.refused("not-allowed").await, 3);
}

#[tokio::test]
async fn certificates_are_read_anew_and_bad_ones_are_not_used() {
    let world = World::start(&[]).await;
    let client = world.authority.client();
    assert!(world.ask(Some(&client)).await.is_some());
    // half written: the last good ones stay
    world.files.lock().unwrap()[0] = "-----BEGIN CERT".to_string();
    assert!(world.ask(Some(&client)).await.is_some() && world.ask(Some(&client)).await.is_some());
    assert_eq!(world.metrics.reloads("failed"), 1);
    // another certificate, and another authority of clients
    let (renewed, other) = (world.authority.pair(&["localhost"], |_| {}), Authority::new());
    *world.files.lock().unwrap() = [renewed.0, renewed.1, other.0.pem()];
    assert_eq!(world.ask(Some(&client)).await, None, "its authority was taken away");
    assert!(world.ask(Some(&other.client())).await.is_some());
    assert_eq!(world.metrics.reloads("ok"), 1);
}

#[tokio::test]
async fn what_is_no_handshake_ends() {
    let world = World::start(&[]).await;
    let mut plain = TcpStream::connect(world.listener.address()).await.unwrap();
    plain.write_all(b"POST /alertmanager HTTP/1.1\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // an alert of TLS, or nothing
    let _ended = plain.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(b"HTTP"));
    assert_eq!(world.refused("other").await, 1);
}

#[tokio::test]
async fn it_does_not_begin_without_certificates() {
    let nothing: Source = Arc::new(|| Ok(Vec::new()));
    let missing: Source = Arc::new(|| Err("cannot read file x".to_string()));
    let tls = |certificate: &Source| Tls {
        certificate: Arc::clone(certificate),
        key: Arc::clone(&nothing),
        client_ca: None,
        client_names: Vec::new(),
    };
    let begun = |source: &Source| Certificates::new(tls(source), Metrics::default()).err();
    assert_eq!(begun(&nothing), Some(TlsError::Empty("tls_cert")));
    assert_eq!(begun(&missing), Some(TlsError::Read("cannot read file x".to_string())));
}
