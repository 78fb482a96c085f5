//! A word on loopback: that the agent runs, and its numbers. Whatever is asked, this is the answer.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};

use crate::numbers::Numbers;

/// Nobody is listened to for longer.
const WITHIN: Duration = Duration::from_secs(2);

/// Answers one after another, for ever.
pub(super) async fn tell(listener: TcpListener, numbers: &Numbers) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // no file descriptor is left, or no memory: asking again at once would not change it
            sleep(WITHIN).await;
            continue;
        };
        let _asked_too_slowly = timeout(WITHIN, answer(stream, numbers)).await;
    }
}

async fn answer(mut stream: TcpStream, numbers: &Numbers) -> std::io::Result<()> {
    let mut asked = [0; 1024];
    let length = stream.read(&mut asked).await?;
    let metrics = asked.get(..length).is_some_and(|asked| asked.starts_with(b"GET /metrics"));
    let text = if metrics { numbers.text() } else { "ok\n".to_string() };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn asked(path: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let numbers = Numbers::default();
        numbers.refused("Forged");
        let asks = async {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(format!("GET {path} HTTP/1.1\r\n\r\n").as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer
        };
        tokio::select! { answer = asks => answer, () = tell(listener, &numbers) => unreachable!() }
    }

    #[tokio::test]
    async fn it_says_that_it_runs_and_what_it_counted() {
        assert!(asked("/").await.ends_with("\r\n\r\nok\n"));
        let told = asked("/metrics").await;
        assert!(told.contains("podwhy_agent_tickets_refused_total{reason=\"Forged\"} 1"), "{told}");
    }
}
