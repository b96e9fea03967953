//! What a decoding child gives up before it reads a byte of a picture: memory and processor time past its limits, files, new privileges,
//! and every system call but those that computing needs. It may read its stdin, write its stdout and stderr and take memory; it
//! cannot open a file or a socket, nor start a thread or a process.

use std::collections::BTreeMap;
use std::io;

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

/// Processor seconds of a child's whole life; the parent replaces it well before (see `pool`), so this only stops one that got away.
const PROCESSOR_SECONDS: u64 = 90;
/// Descriptors: the three standard ones and a few to spare.
const DESCRIPTORS: u64 = 8;

/// Confines the calling process to `memory` bytes beyond what it has now. Before any thread is started.
pub fn confine(memory: u64) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    rustix::thread::set_no_new_privs(true)?;
    let (mapped, data) = present_memory()?;
    for (resource, limit) in [
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Cpu, PROCESSOR_SECONDS),
        (Resource::Data, data.saturating_add(memory)),
        (Resource::As, mapped.saturating_add(memory)),
    ] {
        setrlimit(resource, Rlimit { current: Some(limit), maximum: Some(limit) })?;
    }
    seccompiler::apply_filter_all_threads(&filter().map_err(io::Error::other)?).map_err(io::Error::other)
}

/// Bytes mapped, and bytes of them that are private and writable: proc_pid_statm(5).
fn present_memory() -> io::Result<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages = |field: usize| text.split_whitespace().nth(field).and_then(|pages| pages.parse::<u64>().ok());
    let (Some(mapped), Some(data)) = (pages(0), pages(5)) else {
        return Err(io::Error::from(io::ErrorKind::InvalidData));
    };
    let page = rustix::param::page_size() as u64;
    Ok((mapped * page, data * page))
}

fn filter() -> Result<BpfProgram, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = FREE.iter().map(|&call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_read, vec![first_argument(0)?]);
    rules.insert(libc::SYS_write, vec![first_argument(1)?, first_argument(2)?]);
    // "No such call" rather than death: a C library that tries a new call first falls back to an old one.
    let refused = SeccompAction::Errno(libc::ENOSYS as u32);
    SeccompFilter::new(rules, refused, SeccompAction::Allow, std::env::consts::ARCH.try_into()?)?.try_into()
}

fn first_argument(is: u64) -> Result<SeccompRule, seccompiler::BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, is)?])
}

const FREE: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_madvise,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_prctl,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_sigaltstack,
    // abort() of a failed allocation.
    libc::SYS_tgkill,
];
