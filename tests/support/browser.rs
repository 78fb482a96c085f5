//! A real Chromium, driven by chromedriver.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, bail};
use fantoccini::{Client, ClientBuilder};
use serde_json::json;

/// A browser window; it ends with this.
pub struct Browser {
    /// To drive it.
    pub client: Client,
    driver: Child,
    _profile: tempfile::TempDir,
}

/// How the window is.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// In CSS pixels.
    pub width: u32,
    /// In CSS pixels.
    pub height: u32,
    /// Whether the person prefers dark.
    pub dark: bool,
}

impl Window {
    /// As on a desk.
    pub const DESK: Window = Window { width: 1280, height: 860, dark: false };
    /// As in a hand.
    pub const PHONE: Window = Window { width: 390, height: 844, dark: false };
}

/// A browser; where there is none, says in one line what is left out, or panics with `REQUIRE_BROWSER=1`.
///
/// # Panics
/// When one is required and is not there, or does not start.
#[expect(clippy::panic, reason = "only tests call it, and a browser that is required must not be left out")]
pub async fn browser_or_say(test: &str, window: Window) -> Option<Browser> {
    let there = Command::new("chromedriver").arg("--version").stdout(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return match Browser::start(window).await {
            Ok(browser) => Some(browser),
            Err(error) => panic!("{test}: {error:#}"),
        };
    }
    let missing = "no chromedriver here: install chromium and chromium-driver";
    if std::env::var("REQUIRE_BROWSER").is_ok_and(|value| value == "1") {
        panic!("{test}: {missing}");
    }
    // past the harness, which shows nothing that a passing test prints
    drop(writeln!(std::io::stderr(), "left out: {test}: {missing}"));
    None
}

/// It takes a free port of IPv4 and then the same of IPv6, which somebody else may have by then: it ends, and is started again.
const TRIES: usize = 5;

/// A chromedriver and its port.
fn driver() -> anyhow::Result<(Child, String)> {
    for _ in 0..TRIES {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let out = driver.stdout.take().context("chromedriver's output")?;
        let mut lines = BufReader::new(out).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            Some(line.split_once("started successfully on port ")?.1.trim_end_matches('.').to_string())
        });
        if let Some(port) = port {
            // what else it prints would fill the pipe
            std::thread::spawn(move || lines.for_each(drop));
            return Ok((driver, port));
        }
        driver.wait()?;
    }
    bail!("chromedriver did not start")
}

impl Browser {
    /// Starts one.
    ///
    /// # Errors
    /// When chromedriver or Chromium does not start.
    pub async fn start(window: Window) -> anyhow::Result<Browser> {
        let (driver, port) = driver()?;
        let profile = tempfile::tempdir()?;
        let mut args = vec![
            "--headless=new".to_string(),
            // in a container Chromium's own sandbox has no rights to build one
            "--no-sandbox".to_string(),
            "--disable-gpu".to_string(),
            "--force-color-profile=srgb".to_string(),
            format!("--window-size={},{}", window.width, window.height),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if window.dark {
            args.push("--blink-settings=preferredColorScheme=0".to_string());
        }
        let mut chrome = json!({"args": args});
        if window.width < 500 {
            // a window is never that narrow, a phone's screen is
            chrome["mobileEmulation"] = json!({"deviceMetrics":
                {"width": window.width, "height": window.height, "pixelRatio": 1.0, "touch": true}});
        }
        let mut wanted = serde_json::Map::new();
        wanted.insert("goog:chromeOptions".to_string(), chrome);
        wanted.insert("goog:loggingPrefs".to_string(), json!({"browser": "ALL"}));
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("starting Chromium")?;
        Ok(Browser { client, driver, _profile: profile })
    }

    /// Closes the window.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn close(self) -> anyhow::Result<()> {
        self.client.clone().close().await?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // chromedriver takes its browser with it; one that ended by itself needs nothing
        let _ended = self.driver.kill();
        let _reaped = self.driver.wait();
    }
}
