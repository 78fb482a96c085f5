//! A question → an answer: with its time, its room and its faults.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use podwhy_flow::UserError;
use podwhy_flow::ask::command::Command;
use podwhy_flow::ask::desk::{Answer, AskError, Desk, answer_from};
use podwhy_flow::ask::render;
use podwhy_flow::ask::within::Within;
use podwhy_flow::words;
use podwhy_knowledge::redact::redact;
use podwhy_knowledge::{Lang, World};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, timeout_at};

use crate::asked::Question;
use crate::source::{Clusters, Options, Source};

/// So many questions are answered at once; an assistant that asks about everything does not ask the API server everything.
const AT_ONCE: usize = 4;

/// Why there is no answer, in the words the assistant is told.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) String);

/// What is asked, by several questions at a time.
#[derive(Debug)]
enum Shared<C> {
    Live(Arc<C>),
    Dump(Arc<World>),
}

/// Answers questions.
#[derive(Debug)]
pub(crate) struct Answering<C> {
    options: Options,
    source: Shared<C>,
    room: Arc<Semaphore>,
    faults: AtomicU64,
}

impl<C: Clusters> Answering<C> {
    pub(crate) fn new(options: Options, source: Source<C>) -> Answering<C> {
        let source = match source {
            Source::Live(clusters) => Shared::Live(Arc::new(clusters)),
            Source::Dump(world) => Shared::Dump(world),
        };
        let room = Arc::new(Semaphore::new(AT_ONCE));
        Answering { options, source, room, faults: AtomicU64::default() }
    }

    /// The language where a call names none.
    pub(crate) fn lang(&self) -> Lang {
        self.options.lang
    }

    /// Answers within the configured time. Whoever stops waiting ends the question: its requests are dropped.
    ///
    /// # Errors
    /// [`Refused`] with what the assistant can do about it; a fault of podwhy's own with its id.
    pub(crate) async fn answer(&self, question: Question) -> Result<Answer, Refused> {
        let lang = question.lang;
        let arrived = Instant::now();
        let until = arrived + self.options.patience;
        let room = timeout_at(until, Arc::clone(&self.room).acquire_owned()).await;
        let Ok(Ok(room)) = room else { return Err(Refused(busy(lang))) };
        let waited = arrived.elapsed();
        // a task of its own: a panic in it is its own, and it is aborted when this set is dropped
        let mut asked = JoinSet::new();
        self.begin(&mut asked, question, room);
        match timeout_at(until, asked.join_next()).await {
            // it is not the cluster that took the time
            Err(_) if waited > self.options.patience / 2 => Err(Refused(busy(lang))),
            Err(_) => Err(Refused(words::too_late(self.options.patience, lang))),
            Ok(Some(Ok(Ok(answer)))) => Ok(answer),
            Ok(Some(Ok(Err(AskError::User(error))))) => Err(Refused(error.told(lang))),
            Ok(Some(Ok(Err(AskError::Fault(fault))))) => Err(self.fault(&fault.to_string(), lang)),
            Ok(Some(Err(broken))) => Err(self.fault(&panicked(broken), lang)),
            Ok(None) => Err(self.fault("a question was not asked", lang)),
        }
    }

    /// A question of files or of a text only thinks: it would keep a runtime's thread from everything else. Its room is free when it
    /// has ended, also where nobody waits any more.
    fn begin(
        &self,
        asked: &mut JoinSet<Result<Answer, AskError>>,
        question: Question,
        room: OwnedSemaphorePermit,
    ) {
        let Question { command, lang } = question;
        let _task = match (&self.source, command) {
            (_, Command::Explain(text)) => asked.spawn_blocking(move || {
                let _room = room;
                Ok(Answer::Explain(render::explain(&text, lang)))
            }),
            (Shared::Dump(world), command) => {
                let world = Arc::clone(world);
                asked.spawn_blocking(move || {
                    let _room = room;
                    of_dump(&world, &command, lang)
                })
            }
            (Shared::Live(clusters), command) => {
                let clusters = Arc::clone(clusters);
                asked.spawn(async move {
                    let _room = room;
                    of_cluster(&*clusters, &command, lang).await
                })
            }
        };
    }

    /// Tells a fault where people look for it, and gives the assistant the id it has there.
    pub(crate) fn fault(&self, what: &str, lang: Lang) -> Refused {
        let number = self.faults.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("{}-{number}", std::process::id());
        (self.options.on_fault)(&format!("fault {id}: {}", redact(what)));
        Refused(match lang {
            Lang::En => format!(
                "this is a fault of podwhy's own; it is written to podwhy's standard error as fault {id}, please report it"
            ),
            Lang::Zh => format!("这是 podwhy 自身的故障，已写入 podwhy 的标准错误输出，编号 {id}，请报告"),
        })
    }
}

async fn of_cluster<C: Clusters>(clusters: &C, command: &Command, lang: Lang) -> Result<Answer, AskError> {
    let desk = Desk::new(vec![clusters.cluster(command.cluster()).await?]);
    // it was found by the name the command has: its own may be written otherwise
    let cluster = desk.cluster(None)?;
    desk.answer_within(cluster, command, &Within::ALL, lang).await
}

fn of_dump(world: &Arc<World>, command: &Command, lang: Lang) -> Result<Answer, AskError> {
    if let Some(asked) = command.cluster().filter(|asked| *asked != world.cluster) {
        let (asked, known) = (asked.to_string(), world.cluster.clone());
        return Err(UserError::Cluster { asked, known }.into());
    }
    answer_from(world, command, lang)
}

fn busy(lang: Lang) -> String {
    match lang {
        Lang::En => {
            format!("other questions took the time of this one, as {AT_ONCE} are answered at once; ask again")
        }
        Lang::Zh => format!("同时只处理 {AT_ONCE} 个问题，其他问题占用了这个问题的时间；请重试"),
    }
}

fn panicked(broken: JoinError) -> String {
    let Ok(payload) = broken.try_into_panic() else { return "a question was ended".to_string() };
    let said = payload.downcast_ref::<&str>().map(|said| (*said).to_string());
    said.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".to_string())
}
