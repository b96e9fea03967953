//! The parent's side: who decodes next, for how long, and what becomes of a child that fails.
//!
//! A child that has done one picture is trusted no more than its first answer: every length is checked against what was asked.

use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, sleep_until, timeout};

use crate::frame::{self, Answer, Hello, Request, Task};
use crate::{
    ANIMATION_BYTES, ANIMATION_FRAMES, ANIMATION_MS, ANIMATION_SIDE, ANIMATION_WEBP, CHILD_ARGUMENT, Error, Inspected, Limits,
    MAX_BYTES, MAX_LONGEST, MAX_SIDE, PORTRAIT, SOUND_BYTES, SOUND_MS, VECTOR_BYTES, VIDEO_BYTES, VIDEO_MS, VIDEO_SIDE,
};

/// A child is replaced after this much work, which bounds its processor time and what a fragmented heap costs.
const LIFE: Duration = Duration::from_secs(30);
/// From starting the program to its first words, on a busy machine.
const START: Duration = Duration::from_secs(15);

/// Room in the pipes to and from a child, in bytes: what any user may ask for (pipe(7)).
const PIPE: usize = 1 << 20;

/// What a child made of a file: an answer that suits the task, and the bytes that it announced.
pub struct Done {
    pub answer: Answer,
    pub payload: Vec<u8>,
}

pub struct Pool {
    limits: Limits,
    turns: Semaphore,
    rest: Arc<Mutex<Rest>>,
    starter: SyncSender<Start>,
}

/// Children without work.
#[derive(Default)]
struct Rest {
    workers: Vec<(Worker, Instant)>,
    /// Whether a task is under way that ends those idle for too long.
    watched: bool,
}

type Start = (Handle, oneshot::Sender<io::Result<Child>>);

impl Pool {
    pub fn new(program: PathBuf, limits: Limits) -> Self {
        let children = limits.children.max(1);
        Self { limits, turns: Semaphore::new(children), rest: Arc::default(), starter: starter(program, limits.memory, children) }
    }

    /// Has a child do `task`. A picture is tried once: it may be the reason why a child died.
    pub async fn ask(&self, task: Task, picture: Vec<u8>, longest: u32) -> Result<Done, Error> {
        refuse_long(task, picture.len())?;
        let _turn = self.turns.acquire().await.map_err(|_| Error::Crashed)?;
        let mut worker = self.worker().await?;
        let begun = Instant::now();
        let longest = longest.clamp(1, MAX_LONGEST);
        match timeout(self.limits.time, worker.exchange(task, &picture, longest)).await {
            Ok(Ok(answer)) => {
                worker.worked += begun.elapsed();
                self.rest(worker);
                answer
            }
            Ok(Err(error)) => {
                worker.end().await;
                tracing::warn!(%error, "a file ended its decoder");
                Err(Error::Crashed)
            }
            Err(_) => {
                worker.end().await;
                tracing::warn!("a file took too long");
                Err(Error::TooSlow)
            }
        }
    }

    async fn worker(&self) -> Result<Worker, Error> {
        while let Some((mut worker, _)) = self.resting().workers.pop() {
            if worker.alive() {
                return Ok(worker);
            }
        }
        let (reply, child) = oneshot::channel();
        let gone = || Error::NotStarted(io::Error::from(io::ErrorKind::BrokenPipe));
        self.starter.try_send((Handle::current(), reply)).map_err(|_| gone())?;
        let child = child.await.map_err(|_| gone())??;
        let mut worker = Worker::of(child)?;
        match timeout(START, worker.hear::<Hello>()).await {
            Ok(Ok(hello)) if hello.version == frame::VERSION => Ok(worker),
            Ok(Ok(_)) => Err(Error::NotStarted(io::Error::other("the program is of another version"))),
            Ok(Err(error)) => Err(Error::NotStarted(error)),
            Err(_) => Err(Error::NotStarted(io::Error::from(io::ErrorKind::TimedOut))),
        }
    }

    fn resting(&self) -> MutexGuard<'_, Rest> {
        lock(&self.rest)
    }

    fn rest(&self, worker: Worker) {
        if worker.worked >= LIFE {
            return;
        }
        let mut rest = self.resting();
        rest.workers.push((worker, Instant::now()));
        if !rest.watched {
            rest.watched = true;
            tokio::spawn(end_idle(Arc::downgrade(&self.rest), self.limits.idle));
        }
    }
}

fn refuse_long(task: Task, length: usize) -> Result<(), Error> {
    let (what, most) = match task {
        Task::Vector => ("drawing", VECTOR_BYTES),
        Task::Animation => ("animation", ANIMATION_BYTES),
        Task::Sound => ("sound", SOUND_BYTES),
        Task::Video => ("video", VIDEO_BYTES),
        _ if length > MAX_BYTES => return Err(Error::TooLarge),
        _ => return Ok(()),
    };
    if length > most {
        return Err(Error::OverLimit(format!(
            "the {what} has {} KiB; at most {} KiB are taken",
            length.div_ceil(1024),
            most / 1024
        )));
    }
    Ok(())
}

fn lock(rest: &Mutex<Rest>) -> MutexGuard<'_, Rest> {
    rest.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends children that rest for too long, until none rests.
async fn end_idle(rest: Weak<Mutex<Rest>>, idle: Duration) {
    loop {
        let oldest = {
            let Some(rest) = rest.upgrade() else { return };
            let mut rest = lock(&rest);
            rest.workers.retain(|(_, since)| since.elapsed() < idle);
            let Some(oldest) = rest.workers.iter().map(|(_, since)| *since).min() else {
                rest.watched = false;
                return;
            };
            oldest
        };
        sleep_until(oldest + idle).await;
    }
}

/// A thread from which all children are started and which lives as long as the pool: a child asks to be killed at the death of the
/// *thread* that started it, and a runtime's threads come and go.
fn starter(program: PathBuf, memory: u64, children: usize) -> SyncSender<Start> {
    let (starter, wanted) = sync_channel::<Start>(children);
    let start = move || {
        for (runtime, reply) in wanted {
            let _inside = runtime.enter();
            // Nobody listening any more drops the child, which kills it.
            let _ = reply.send(command(&program, memory).spawn());
        }
    };
    if let Err(error) = std::thread::Builder::new().name("decoders".into()).spawn(start) {
        tracing::error!(%error, "no thread to start decoders from");
    }
    starter
}

fn command(program: &Path, memory: u64) -> Command {
    let mut command = Command::new(program);
    command.arg(CHILD_ARGUMENT).arg(memory.to_string()).env_clear().current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

struct Worker {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    worked: Duration,
}

impl Worker {
    fn of(mut child: Child) -> io::Result<Self> {
        match (child.stdin.take(), child.stdout.take()) {
            (Some(stdin), Some(stdout)) => {
                // Fewer turns between the two processes; a system that says no is only slower.
                for pipe in [stdin.as_fd(), stdout.as_fd()] {
                    let _ = rustix::pipe::fcntl_setpipe_size(pipe, PIPE);
                }
                Ok(Self { child, stdin, stdout, worked: Duration::ZERO })
            }
            _ => Err(io::Error::from(io::ErrorKind::BrokenPipe)),
        }
    }

    fn alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    async fn end(&mut self) {
        if let Err(error) = self.child.kill().await {
            tracing::warn!(%error, "a decoder could not be ended");
        }
    }

    async fn hear<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut head = [0; 4];
        self.stdout.read_exact(&mut head).await?;
        let mut body = vec![0; frame::length(head)?];
        self.stdout.read_exact(&mut body).await?;
        frame::decode(&body)
    }

    /// The outer error is the child's end, the inner one its answer.
    async fn exchange(&mut self, task: Task, picture: &[u8], longest: u32) -> io::Result<Result<Done, Error>> {
        let length = u32::try_from(picture.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        self.stdin.write_all(&frame::encode(&Request { task, longest, length })?).await?;
        self.stdin.write_all(picture).await?;
        self.stdin.flush().await?;
        let answer = self.hear::<Answer>().await?;
        if let Answer::Refused(failure) = answer {
            return Ok(Err(failure.into()));
        }
        let Some(length) = announced(task, longest, &answer) else {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an answer that nobody asked for"));
        };
        let mut payload = vec![0; length as usize];
        self.stdout.read_exact(&mut payload).await?;
        Ok(Ok(Done { answer, payload }))
    }
}

/// How many bytes follow the answer, if it is one that the task may have.
fn announced(task: Task, longest: u32, answer: &Answer) -> Option<u32> {
    let within = |(width, height): (u32, u32), most: u32| (1..=most).contains(&width) && (1..=most).contains(&height);
    let area = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let (suits, length) = match (task, answer) {
        (Task::Inspect | Task::Picture | Task::Pixels | Task::Codes { .. }, &Answer::Done { inspected, size, length }) => {
            (plausible(task, longest, inspected, size, length), length)
        }
        (Task::Vector | Task::Portrait { .. }, &Answer::Raster { size, length }) => {
            let whole = task == Task::Vector || size == (PORTRAIT, PORTRAIT);
            (whole && within(size, longest) && u64::from(length) == area(size) * 4, length)
        }
        (Task::Animation, &Answer::Animation { size, frames, duration_ms, poster, length }) => {
            let webp = length.checked_sub(poster)? as usize;
            let counted = (2..=ANIMATION_FRAMES).contains(&frames) && (1..=ANIMATION_MS).contains(&duration_ms);
            let filled = poster > 0 && u64::from(poster) <= area(size) * 4 + 4096 && (1..=ANIMATION_WEBP).contains(&webp);
            (counted && filled && within(size, ANIMATION_SIDE), length)
        }
        (Task::Sound, &Answer::Sound { duration_ms, length, .. }) => {
            ((1..=SOUND_MS).contains(&duration_ms) && (1..=SOUND_BYTES).contains(&(length as usize)), length)
        }
        (Task::Video, &Answer::Video { size, duration_ms, length, .. }) => {
            let timed = (1..=VIDEO_MS).contains(&duration_ms);
            (timed && within(size, VIDEO_SIDE) && (1..=VIDEO_BYTES).contains(&(length as usize)), length)
        }
        _ => return None,
    };
    suits.then_some(length)
}

fn plausible(task: Task, longest: u32, inspected: Inspected, (width, height): (u32, u32), length: u32) -> bool {
    if !(1..=MAX_SIDE).contains(&inspected.width) || !(1..=MAX_SIDE).contains(&inspected.height) {
        return false;
    }
    let fits = (1..=longest).contains(&width) && (1..=longest).contains(&height);
    let pixels = u64::from(width) * u64::from(height);
    match task {
        Task::Inspect => length == 0,
        // Lossy WebP of noise at quality 80 stays below its pixels' own size.
        Task::Picture => fits && length > 0 && u64::from(length) <= pixels * 4 + 4096,
        Task::Pixels => fits && u64::from(length) == pixels * 4,
        Task::Codes { .. } => fits && length as usize <= frame::MAX_CODES_LENGTH,
        _ => false,
    }
}
