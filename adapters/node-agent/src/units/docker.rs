//! What docker does with its containers when it ends: it stops them, unless live-restore is on.
//! <https://docs.docker.com/engine/daemon/live-restore/>

use std::io::Read;
use std::path::Path;
use std::{fs, io};

use jiff::Timestamp;
use serde::Deserialize;

/// More is no daemon.json.
const MOST_BYTES: u64 = 1024 * 1024;

/// The one key that counts; of the others some are nobody's business.
#[derive(Deserialize)]
struct Daemon {
    #[serde(rename = "live-restore", default)]
    live_restore: bool,
}

/// Whether live-restore is on, and by what. None where that is not known.
///
/// `config` is docker's daemon.json. Where its folder is not there, it was not given to this agent to read, and says nothing.
/// `args` are dockerd's own; `started` is when it read both.
pub(super) fn live_restore(
    config: &Path,
    args: &[String],
    started: Option<Timestamp>,
) -> (Option<bool>, String) {
    if args.iter().any(|arg| arg == "--live-restore" || arg == "--live-restore=true") {
        return (Some(true), "dockerd has --live-restore".to_string());
    }
    if args.iter().any(|arg| arg.starts_with("--config-file")) {
        return (None, "dockerd has its configuration in another file".to_string());
    }
    match read(config) {
        Ok(None) => (Some(false), "live-restore is off".to_string()),
        Ok(Some((_, changed))) if started.is_none_or(|started| changed > started) => {
            (None, "daemon.json was changed after docker was started".to_string())
        }
        Ok(Some((text, _))) => match serde_json::from_str::<Daemon>(&text) {
            Ok(Daemon { live_restore: true }) => (Some(true), "live-restore is on".to_string()),
            Ok(_) => (Some(false), "live-restore is off".to_string()),
            // the parser's words may quote the file
            Err(why) => (None, format!("daemon.json cannot be read at line {}", why.line())),
        },
        Err(why) => (None, format!("daemon.json cannot be read: {}", why.kind())),
    }
}

/// The file and when it was changed; nothing where it is not there.
fn read(config: &Path) -> io::Result<Option<(String, Timestamp)>> {
    let file = match fs::File::open(config) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound && config.parent().is_some_and(Path::is_dir) => {
            return Ok(None);
        }
        Err(why) => return Err(why),
    };
    let changed = Timestamp::try_from(file.metadata()?.modified()?).map_err(io::Error::other)?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text)?;
    Ok(Some((text, changed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: Option<&str>, args: &[&str], later: i64) -> Option<bool> {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("daemon.json");
        if let Some(text) = text {
            fs::write(&config, text).unwrap();
        }
        let args: Vec<String> = args.iter().map(ToString::to_string).collect();
        let started = Timestamp::now() + jiff::SignedDuration::from_secs(later);
        live_restore(&config, &args, Some(started)).0
    }

    #[test]
    fn it_is_on_where_the_file_or_an_argument_says_so() {
        assert_eq!(of(Some(r#"{"live-restore": true, "debug": false}"#), &["dockerd"], 60), Some(true));
        assert_eq!(of(Some("{}"), &["dockerd", "--live-restore"], 60), Some(true));
        assert_eq!(of(Some(r#"{"live-restore": false}"#), &["dockerd"], 60), Some(false));
        assert_eq!(of(Some("{}"), &["dockerd"], 60), Some(false));
        assert_eq!(of(None, &["dockerd"], 60), Some(false));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        assert_eq!(of(Some("{"), &[], 60), None);
        assert_eq!(of(Some(r#"{"live-restore": "yes"}"#), &[], 60), None);
        assert_eq!(of(Some(r#"{"live-restore": true}"#), &["--config-file", "/x"], 60), None);
        assert_eq!(of(Some(r#"{"live-restore": true}"#), &[], -60), None, "docker has not read it yet");
        let (on, why) = live_restore(Path::new("/no/such/folder/daemon.json"), &[], Some(Timestamp::now()));
        assert_eq!((on, why.as_str()), (None, "daemon.json cannot be read: entity not found"));
    }
}
