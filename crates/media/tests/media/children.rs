//! The children themselves: confined, killed, replaced, side by side, gone.

use std::path::PathBuf;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, PidfdFlags, Signal, getpgid, getpid, kill_process, pidfd_open};
use stoa_media::{CHILD_ARGUMENT, Error, Media};

use crate::{limited, samples};

/// Processes that this one started as decoders with `memory` bytes; each test takes its own number.
fn children(memory: u64) -> Vec<Pid> {
    let arguments = format!("\0{CHILD_ARGUMENT}\0{memory}\0");
    let parent = format!("\nPPid:\t{}\n", getpid());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let path = entry.unwrap().path();
        let Some(pid) = path.file_name().unwrap().to_str().unwrap().parse().ok().and_then(Pid::from_raw) else { continue };
        let (Ok(line), Ok(status)) =
            (std::fs::read_to_string(path.join("cmdline")), std::fs::read_to_string(path.join("status")))
        else {
            continue;
        };
        if line.ends_with(&arguments) && status.contains(&parent) {
            found.push(pid);
        }
    }
    found
}

fn proc(pid: Pid, file: &str) -> String {
    std::fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap()
}

fn small() -> Vec<u8> {
    samples::jpeg(&samples::quarters(32, 32))
}

/// Waits for the end of `pid`, watched from this call on.
fn end_of(pid: Pid) -> impl Future<Output = ()> {
    let watched = pidfd_open(pid, PidfdFlags::empty()).unwrap();
    let ended = tokio::task::spawn_blocking(move || poll(&mut [PollFd::new(&watched, PollFlags::IN)], None).unwrap());
    async move {
        ended.await.unwrap();
    }
}

async fn works(media: &Media) {
    media.scaled(small(), 16).await.unwrap();
}

fn only(memory: u64) -> Pid {
    let children = children(memory);
    assert_eq!(children.len(), 1);
    children[0]
}

#[tokio::test]
async fn a_child_is_confined() {
    let memory = (320 << 20) + 1;
    let media = limited(|limits| limits.memory = memory);
    works(&media).await;
    let pid = only(memory);
    let status = proc(pid, "status");
    assert!(status.contains("\nNoNewPrivs:\t1\n") && status.contains("\nSeccomp:\t2\n"), "{status}");
    assert_eq!(proc(pid, "environ"), "");
    assert_eq!(std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap(), PathBuf::from("/"));
    assert_eq!(getpgid(Some(pid)).unwrap(), pid);
    let limits = proc(pid, "limits");
    for (name, most) in [
        ("Max core file size", 0),
        ("Max file size", 0),
        ("Max open files", 8),
        ("Max cpu time", 90),
        ("Max data size", 400 << 20),
    ] {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        let fields: Vec<u64> = line[name.len()..].split_whitespace().take(2).map(|field| field.parse().unwrap()).collect();
        assert!(fields[0] <= most && fields[1] <= most, "{line}");
    }
}

#[tokio::test]
async fn a_child_that_stands_still_is_killed_and_replaced() {
    let memory = (320 << 20) + 2;
    let media = limited(|limits| (limits.memory, limits.time) = (memory, Duration::from_secs(2)));
    works(&media).await;
    let first = only(memory);
    kill_process(first, Signal::STOP).unwrap();
    assert!(matches!(media.scaled(small(), 16).await, Err(Error::TooSlow)));
    assert!(children(memory).is_empty());
    works(&media).await;
    assert_ne!(only(memory), first);
}

#[tokio::test]
async fn a_child_that_dies_is_replaced() {
    let memory = (320 << 20) + 3;
    let media = limited(|limits| limits.memory = memory);
    works(&media).await;
    let first = only(memory);
    kill_process(first, Signal::STOP).unwrap();
    let killed = async { kill_process(first, Signal::KILL).unwrap() };
    let (outcome, ()) = tokio::join!(media.scaled(small(), 16), killed);
    assert!(matches!(outcome, Err(Error::Crashed)));
    works(&media).await;

    // While it rests: nobody's picture is lost.
    let second = only(memory);
    let ended = end_of(second);
    kill_process(second, Signal::KILL).unwrap();
    ended.await;
    works(&media).await;
    assert_ne!(only(memory), second);
}

#[tokio::test]
async fn two_work_side_by_side_and_no_third() {
    let memory = (320 << 20) + 4;
    let media = limited(|limits| limits.memory = memory);
    tokio::join!(works(&media), works(&media), works(&media), works(&media));
    let both = children(memory);
    assert_eq!(both.len(), 2);
    // The last to rest is the first to work: whichever it is, one stands still and the other does all the rest.
    kill_process(both[0], Signal::STOP).unwrap();
    let (mut finished, mut goes_on) = (0, false);
    let mut asked: tokio::task::JoinSet<()> = (0..6)
        .map(|_| {
            let media = media.clone();
            async move { works(&media).await }
        })
        .collect();
    while let Some(done) = asked.join_next().await {
        done.unwrap();
        finished += 1;
        if finished == 5 {
            assert_eq!(children(memory).len(), 2);
            kill_process(both[0], Signal::CONT).unwrap();
            goes_on = true;
        }
    }
    assert!(goes_on && finished == 6);
}

#[tokio::test]
async fn a_request_nobody_waits_for_frees_its_turn() {
    let memory = (320 << 20) + 5;
    let media = limited(|limits| (limits.memory, limits.children) = (memory, 1));
    works(&media).await;
    let first = only(memory);
    kill_process(first, Signal::STOP).unwrap();
    tokio::select! {
        biased;
        _ = media.scaled(small(), 16) => unreachable!("the child stands still"),
        () = std::future::ready(()) => {}
    }
    works(&media).await;
    assert_ne!(only(memory), first);
}

#[tokio::test]
async fn a_child_without_work_ends_and_another_follows() {
    let memory = (320 << 20) + 7;
    let media = limited(|limits| (limits.memory, limits.idle) = (memory, Duration::from_secs(1)));
    works(&media).await;
    end_of(only(memory)).await;
    works(&media).await;
}

#[tokio::test]
async fn children_end_with_the_last_handle() {
    let memory = (320 << 20) + 6;
    let media = limited(|limits| limits.memory = memory);
    works(&media).await;
    let ended = end_of(only(memory));
    let other = media.clone();
    drop(media);
    works(&other).await;
    drop(other);
    ended.await;
}

#[tokio::test]
async fn a_program_that_is_no_decoder_is_not_started() {
    for program in ["/nowhere/stoa", "/bin/true", "/bin/echo", "/"] {
        let media = Media::new(program.into());
        assert!(matches!(media.scaled(small(), 16).await, Err(Error::NotStarted(_))), "{program}");
    }
}
