//! The image of the bot: built without a registry, unpacked, and run with nothing but what is in it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use podwhy_fakes::slack::{FakeSlack, Setup};
use podwhy_tests::recordings::repository;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::terminal::works;

/// The static binary that deploy/image/build made, or a line that says what is left out without it.
fn binary(test: &str) -> Option<PathBuf> {
    let missing = match std::env::var_os("PODWHY_STATIC").map(PathBuf::from) {
        None => "PODWHY_STATIC names no static binary: deploy/image/build binaries makes one".to_string(),
        Some(_) if !is_root() => "it takes root to run what is unpacked in a root of its own".to_string(),
        Some(_) if Command::new("buildah").arg("--version").output().is_err() => "no buildah".to_string(),
        Some(path) => return Some(path),
    };
    assert!(std::env::var_os("REQUIRE_IMAGE").is_none_or(|value| value != "1"), "{test}: {missing}");
    eprintln!("left out: {test}: {missing}");
    None
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The image of this binary and this bundle, as an OCI layout.
fn build(folder: &Path, binary: &Path, bundle: &str) -> PathBuf {
    let context = folder.join("context");
    std::fs::create_dir_all(&context).unwrap();
    std::fs::copy(binary, context.join("podwhy")).unwrap();
    std::fs::write(context.join("ca-certificates.crt"), bundle).unwrap();
    let (store, state) = (folder.join("store"), folder.join("state"));
    let buildah = || {
        let mut command = Command::new("buildah");
        command.args(["--storage-driver", "vfs", "--root"]).arg(&store).arg("--runroot").arg(&state);
        command
    };
    let dockerfile = repository().join("deploy/image/Dockerfile");
    works(
        buildah()
            .args(["build", "--isolation", "chroot", "--tag", "podwhy:test", "--file"])
            .arg(dockerfile)
            .arg(&context),
    );
    let layout = folder.join("oci");
    works(buildah().arg("push").arg("podwhy:test").arg(format!("oci:{}:test", layout.display())));
    layout
}

/// The configuration of the image, and its files below a folder.
fn unpack(layout: &Path, root: &Path) -> Value {
    let blob = |digest: &Value| {
        let (kind, hash) = digest.as_str().unwrap().split_once(':').unwrap();
        layout.join("blobs").join(kind).join(hash)
    };
    let index = read(&layout.join("index.json"));
    let manifest = read(&blob(&index["manifests"][0]["digest"]));
    std::fs::create_dir_all(root).unwrap();
    for layer in manifest["layers"].as_array().unwrap() {
        works(Command::new("tar").arg("-xzf").arg(blob(&layer["digest"])).arg("-C").arg(root));
    }
    read(&blob(&manifest["config"]["digest"]))["config"].clone()
}

fn authority() -> (String, Issuer<'static, KeyPair>) {
    let key = KeyPair::generate().unwrap();
    let mut parameters = CertificateParams::default();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = parameters.self_signed(&key).unwrap();
    (certificate.pem(), Issuer::new(parameters, key))
}

/// What comes in over TLS with a certificate of this authority goes on to another address.
async fn encrypted(issuer: &Issuer<'static, KeyPair>, to: SocketAddr) -> SocketAddr {
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec!["127.0.0.1".to_string()]).unwrap();
    let certificate = names.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // who does not believe the certificate goes away
                let Ok(mut inner) = acceptor.accept(stream).await else { return };
                let Ok(mut outer) = TcpStream::connect(to).await else { return };
                let _ended = tokio::io::copy_bidirectional(&mut inner, &mut outer).await;
            });
        }
    });
    address
}

/// Known only where all time zones are compiled in: nothing else is in the root.
const ZONE: &str = "America/Argentina/Buenos_Aires";

/// podwhy in this root, as nobody, with a configuration.
fn podwhy(root: &Path) -> Command {
    let config = json!({"time_zone": ZONE, "slack": {"bot_token": {"env": "A"}, "app_token": {"env": "B"}}});
    std::fs::write(root.join("podwhy.json"), config.to_string()).unwrap();
    let mut command = Command::new("chroot");
    command.args(["--userspec=65532:65532"]).arg(root).arg("/podwhy").env_clear().envs([
        ("A", "xoxb-fake"),
        ("B", "xapp-fake"),
        ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
    ]);
    command
}

/// What `podwhy setup` says of Slack's token, run in this root.
async fn token(root: &Path, api: &str) -> Value {
    let mut command = podwhy(root);
    command.args(["setup", "-o", "json", "--config", "/podwhy.json", "--slack-api", api]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let parts: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"));
    let slack = parts.as_array().unwrap().iter().find(|part| part["name"] == "Slack").unwrap();
    slack["checks"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_one_binary_the_time_zones_and_the_authorities_it_believes() {
    let Some(binary) = binary("the image") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (own, issuer) = authority();
    let (other, _) = authority();
    let slack = FakeSlack::start(Setup::default()).await.unwrap();
    let plain: SocketAddr =
        slack.api_url().trim_start_matches("http://").trim_end_matches("/api").parse().unwrap();
    let api = format!("https://{}/api", encrypted(&issuer, plain).await);

    let layout = build(&folder.path().join("own"), &binary, &own);
    let root = folder.path().join("own/root");
    let config = unpack(&layout, &root);
    assert_eq!(config["User"], "65532:65532");
    assert_eq!((&config["Entrypoint"][0], &config["Cmd"][0]), (&"/podwhy".into(), &"serve".into()));
    let files = works(Command::new("find").arg(&root).args(["-type", "f", "-printf", "%P\n"])).stdout;
    let mut files: Vec<&str> = std::str::from_utf8(&files).unwrap().lines().collect();
    files.sort_unstable();
    assert_eq!(files, ["etc/ssl/certs/ca-certificates.crt", "podwhy"]);
    let believed = token(&root, &api).await;
    assert_eq!(believed["found"], "podwhy in acme", "{believed}");
    let checked = works(podwhy(&root).args(["config", "check", "--config", "/podwhy.json"])).stdout;
    let checked = String::from_utf8(checked).unwrap();
    assert!(checked.contains(ZONE), "{checked}");

    let layout = build(&folder.path().join("other"), &binary, &other);
    let root = folder.path().join("other/root");
    unpack(&layout, &root);
    let refused = token(&root, &api).await;
    assert_eq!(refused["outcome"], "unknown", "{refused}");
}
