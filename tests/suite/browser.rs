//! The console's page in a real Chromium, as a person uses it.

use std::sync::Arc;
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::{Client, Locator};
use podwhy::Running;
use podwhy_tests::browser::{Browser, Window, browser_or_say};
use podwhy_tests::control_plane::eventually;
use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

use crate::acting::{EVICTED, PROTECTED, careful};
use crate::console::{configured, started};

/// A page on loopback shows everything sooner.
const PATIENCE: Duration = Duration::from_secs(20);

/// The playground's console in a window, its link opened.
async fn opened(test: &str, window: Window, lang: &str) -> Option<(Browser, Running)> {
    let browser = browser_or_say(test, window).await?;
    let running = started(lang, &Arc::default()).await;
    browser.client.goto(running.url().unwrap()).await.unwrap();
    Some((browser, running))
}

async fn find(page: &Client, css: &str) -> fantoccini::elements::Element {
    let found = page.wait().at_most(PATIENCE).for_element(Locator::Css(css)).await;
    found.unwrap_or_else(|error| panic!("{css}: {error}"))
}

/// Waits until the script is true.
async fn until(page: &Client, script: &str) {
    let looked = async || {
        let answer = page.execute(&format!("return Boolean({script})"), vec![]).await?;
        Ok((answer == json!(true)).then_some(()))
    };
    eventually(script, PATIENCE, looked).await.unwrap();
}

async fn text(page: &Client, css: &str) -> String {
    page.execute("return document.querySelector(arguments[0])?.innerText ?? ''", vec![json!(css)])
        .await
        .unwrap()
        .as_str()
        .unwrap_or_default()
        .to_string()
}

/// Nothing of the page is wider than the window.
async fn fits(page: &Client) {
    let wide = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(page.execute(wide, vec![]).await.unwrap(), json!(0), "the page scrolls sideways");
}

/// From here on, what the page throws and what its content policy refuses is remembered.
async fn listen(page: &Client) {
    let script = "window.complaints = [];
        addEventListener('error', e => complaints.push(String(e.message)));
        addEventListener('unhandledrejection', e => complaints.push(String(e.reason)));
        addEventListener('securitypolicyviolation', e => complaints.push(e.violatedDirective));";
    page.execute(script, vec![]).await.unwrap();
}

async fn complaints(page: &Client) -> Vec<Value> {
    page.execute("return complaints", vec![]).await.unwrap().as_array().cloned().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_with_a_mouse_clicks_what_fails_and_reads_why() {
    let Some((browser, _running)) = opened("the console with a mouse", Window::DESK, "en").await else {
        return;
    };
    let page = &browser.client;
    listen(page).await;
    let pod = find(page, "[data-ask*='catalogue/ranker']").await;
    pod.click().await.unwrap();
    find(page, ".card[data-verdict=failing] .finding").await;
    let card = text(page, ".card").await;
    for part in ["oom-killed", "certain", "Deployment catalogue/ranker", "384Mi", "kubectl"] {
        assert!(card.contains(part), "{part} is missing: {card}");
    }
    page.execute("document.querySelectorAll('details').forEach(d => d.open = true)", vec![]).await.unwrap();
    fits(page).await;
    let again = find(page, ".card-actions .ask").await;
    again.click().await.unwrap();
    until(page, "document.querySelectorAll('.card[data-verdict=failing]').length === 2").await;
    assert_eq!(complaints(page).await, Vec::<Value>::new());
    // a script that came with some text would not run, and would be noticed
    page.execute("document.body.appendChild(document.createElement('script')).text = 'x = 1'", vec![])
        .await
        .unwrap();
    until(page, "complaints.length > 0 && window.x === undefined").await;
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_with_a_keyboard_needs_no_mouse() {
    let Some((browser, _running)) = opened("the console with a keyboard", Window::DESK, "en").await else {
        return;
    };
    let page = &browser.client;
    find(page, "[data-ask*='catalogue/ranker']").await;
    // `/` goes to the input from anywhere; a name completes; Enter asks
    find(page, "body").await.send_keys("/").await.unwrap();
    let input = page.active_element().await.unwrap();
    input.send_keys("why tickets/mai").await.unwrap();
    until(page, "document.querySelector('[role=option]')?.innerText.includes('tickets/mailer')").await;
    input.send_keys(&format!("{}{}", Key::Down, Key::Enter)).await.unwrap();
    until(page, "document.activeElement.value.includes('tickets/mailer-')").await;
    input.send_keys(&Key::Enter.to_string()).await.unwrap();
    find(page, ".card[data-verdict=failing]").await;
    assert!(text(page, ".card").await.contains("app-exited"));
    // the focus is where the next question is typed, and the last one comes back
    let input = page.active_element().await.unwrap();
    input.send_keys(&Key::Up.to_string()).await.unwrap();
    until(page, "document.activeElement.value.includes('tickets/mailer-')").await;
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_is_mended_by_a_button_and_leaves_the_list() {
    let Some((browser, _running)) = opened("the playground's buttons", Window::DESK, "en").await else {
        return;
    };
    let page = &browser.client;
    find(page, "#failing [data-ask*='catalogue/ranker']").await;
    find(page, "#playground > summary").await.click().await.unwrap();
    let button = "[...document.querySelectorAll('#scenarios li')].find(li => li.innerText.includes('oom-killed'))?.querySelector('button.toggle')";
    for failing in [false, true] {
        until(page, button).await;
        page.execute(&format!("{button}.click()"), vec![]).await.unwrap();
        let listed = "document.querySelector(\"#failing [data-ask*='catalogue/ranker']\") !== null";
        until(page, &format!("({listed}) === {failing}")).await;
    }
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_is_opened_and_can_then_be_asked() {
    let Some((browser, _running)) = opened("a dump in the console", Window::DESK, "en").await else { return };
    let page = &browser.client;
    find(page, "#failing [data-ask]").await;
    let folder = repository().join("knowledge/recordings/k8s1.37-containerd/workloads-1");
    let input = page.find(Locator::Css("#folder")).await.unwrap();
    input.send_keys(&folder.display().to_string()).await.unwrap();
    find(page, ".card.triage [data-ask*='oom-a/leaky']").await.click().await.unwrap();
    // the dump is asked, not the cluster, which has no such pod
    until(page, "document.querySelectorAll('.card')[1]?.innerText.includes('oom-killed')").await;
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_a_phone_in_chinese_everything_fits() {
    let Some((browser, _running)) = opened("the console on a phone", Window::PHONE, "zh").await else {
        return;
    };
    let page = &browser.client;
    until(page, "document.documentElement.lang.startsWith('zh')").await;
    until(page, "document.querySelector(\"[data-ask*='catalogue/ranker']\")").await;
    fits(page).await;
    let input = find(page, "#question").await;
    input.send_keys(&format!("why catalogue/deploy/ranker{}", Key::Enter)).await.unwrap();
    find(page, ".card[data-verdict=failing]").await;
    let card = text(page, ".card").await;
    assert!(card.contains("证据") && card.contains("确定"), "{card}");
    fits(page).await;
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_the_dark_and_after_the_server_is_gone() {
    let dark = Window { dark: true, ..Window::DESK };
    let Some((browser, running)) = opened("the console in the dark", dark, "en").await else { return };
    let page = &browser.client;
    find(page, "[data-ask*='catalogue/ranker']").await;
    let luminance =
        "const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[\\d.]+/g).map(Number);
        return (r + g + b) / 3";
    let shade = page.execute(luminance, vec![]).await.unwrap().as_f64().unwrap();
    assert!(shade < 64.0, "the page is not dark: {shade}");
    drop(running);
    let input = find(page, "#question").await;
    input.send_keys(&format!("why catalogue/deploy/ranker{}", Key::Enter)).await.unwrap();
    find(page, ".card.error").await;
    // what was typed is not lost
    until(page, "[...document.querySelectorAll('textarea, input')].some(i => i.value.includes('ranker'))")
        .await;
    browser.close().await.unwrap();
}

/// Chooses whom to act as, in the page or in the dialog that stands before it.
async fn act_as(page: &Client, within: &str, who: &str) {
    let script = "const select = document.querySelector(`${arguments[0]} select.person`);
        select.value = arguments[1]; select.dispatchEvent(new Event('change', {bubbles: true})); return select.value";
    let chosen = page.execute(script, vec![json!(within), json!(who)]).await.unwrap();
    assert_eq!(chosen, json!(who));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_fixes_a_pod_as_somebody_who_may() {
    let Some((browser, _running)) = opened("fixing in the console", Window::DESK, "en").await else { return };
    let page = &browser.client;
    listen(page).await;
    find(page, "[data-ask*='catalogue/ranker']").await;
    let input = find(page, "#question").await;
    input.send_keys(&format!("why {EVICTED}{}", Key::Enter)).await.unwrap();
    find(page, ".fix [data-act=offer]").await.click().await.unwrap();
    act_as(page, ".fix", "vic").await;
    find(page, ".fix [data-act=agree]").await.click().await.unwrap();
    find(page, "#confirm[open]").await;
    let dialog = text(page, "#confirm").await;
    assert!(dialog.contains("Delete failed pod") && dialog.contains("Acting as"), "{dialog}");
    find(page, "#confirm-yes").await.click().await.unwrap();
    until(page, "document.querySelector('#confirm-error').innerText.includes('Kubernetes does not let vic')")
        .await;
    fits(page).await;
    // the same dialog, as somebody else
    act_as(page, "#confirm", "ann").await;
    find(page, "#confirm-yes").await.click().await.unwrap();
    until(page, "!document.querySelector('#confirm').open").await;
    until(page, "document.querySelector('.action').innerText.includes('Done, and it helped')").await;
    let story = text(page, ".action").await;
    for part in ["offered", "agreed · ann", "being done", "helped"] {
        assert!(story.contains(part), "{part}: {story}");
    }
    until(page, "!document.querySelector('.action [data-act]')").await;
    let input = find(page, "#question").await;
    input.send_keys(&format!("history{}", Key::Enter)).await.unwrap();
    until(page, "document.querySelectorAll('.card')[1]?.innerText.includes('Delete failed pod')").await;
    assert_eq!(complaints(page).await, Vec::<Value>::new());
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_agree_on_a_phone_by_typing_the_name_with_a_keyboard_alone() {
    let Some(browser) = browser_or_say("two who agree in the console", Window::PHONE).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let running = configured(careful(&folder), "zh", &Arc::default()).await;
    browser.client.goto(running.url().unwrap()).await.unwrap();
    let page = &browser.client;
    until(page, "document.documentElement.lang.startsWith('zh')").await;
    let input = find(page, "#question").await;
    input.send_keys(&format!("fix {PROTECTED}{}", Key::Enter)).await.unwrap();
    find(page, ".fix [data-act=agree]").await;
    fits(page).await;
    let pod = PROTECTED.split_once('/').unwrap().1;
    for (who, typed, then) in [
        ("ann", "proxy", "document.querySelector('#confirm-error').innerText.includes('名称不符')"),
        ("ann", pod, "document.querySelector('.action').innerText.includes('还需 1 人')"),
        ("bob", pod, "document.querySelector('.action').innerText.includes('已见效')"),
    ] {
        act_as(page, ".fix", who).await;
        page.execute("document.querySelector('.fix [data-act=agree]').focus()", vec![]).await.unwrap();
        page.active_element().await.unwrap().send_keys(&Key::Enter.to_string()).await.unwrap();
        find(page, "#confirm[open]").await;
        fits(page).await;
        // the focus is where the name is typed, and Enter agrees
        let field = page.active_element().await.unwrap();
        field.send_keys(&format!("{typed}{}", Key::Enter)).await.unwrap();
        until(page, then).await;
        let escape = "const open = document.querySelector('#confirm').open; return open";
        if page.execute(escape, vec![]).await.unwrap() == json!(true) {
            page.active_element().await.unwrap().send_keys(&Key::Escape.to_string()).await.unwrap();
        }
        until(page, "!document.querySelector('#confirm').open").await;
    }
    browser.close().await.unwrap();
}
