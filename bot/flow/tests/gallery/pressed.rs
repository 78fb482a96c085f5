//! Whoever keeps incidents, as the tests of both apps want it.

use std::sync::Mutex;
use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::incident::Button;
use podwhy_flow::ports::{Click, IncidentClicks, Said, TextFile};

/// Takes every click but "Mute", which it refuses; "Right" takes longer than anybody waits, "Wrong" has a file.
#[derive(Debug, Default)]
pub struct Pressed {
    pub clicks: Mutex<Vec<Click>>,
}

impl IncidentClicks for Pressed {
    fn clicked<'a>(&'a self, click: Click) -> BoxFuture<'a, Result<Said, String>> {
        Box::pin(async move {
            let (button, name) = (click.button, click.shown_name.clone());
            self.clicks.lock().unwrap().push(click);
            match button {
                Button::Mute => Err("you may not mute".to_string()),
                Button::Right => {
                    tokio::time::sleep(Duration::from_secs(3600)).await;
                    Ok("never".to_string().into())
                }
                Button::Take => Ok(format!("{name} is on it").into()),
                Button::Wrong => {
                    let file =
                        TextFile { name: "podwhy-inc-1.yaml".to_string(), text: "kind: List\n".to_string() };
                    Ok(Said { text: "counted as wrong".to_string(), file: Some(file) })
                }
                Button::Fix => Ok(format!("{name} is offered what can be done").into()),
                Button::Approve | Button::ApproveTyped => Ok(format!("{name} agrees").into()),
                Button::Attest => Ok(format!("{name} gives their word").into()),
                Button::Decline => Ok(format!("{name} declines").into()),
            }
        })
    }
}
