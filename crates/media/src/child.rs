//! The child's side: confined first, then one file after another until the parent closes the pipe.

use std::ffi::OsStr;
use std::io::{self, Read, Write};
use std::panic::AssertUnwindSafe;

use crate::decode;
use crate::failure::{Failure, unreadable};
use crate::frame::{self, Answer, Hello, Request, Task};
use crate::{
    CHILD_ARGUMENT, Inspected, MAX_BYTES, MAX_LONGEST, PORTRAIT, animation, codes, confine, encode, portrait, scale, sound,
    vector, video,
};

/// Call first in `main()` of every binary, before any thread, runtime or argument parser: when the process was started as a decoding
/// child, it does that work and never returns.
pub fn run_child_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(CHILD_ARGUMENT)) {
        return;
    }
    let memory = arguments.next().and_then(|text| text.to_str()?.parse().ok());
    let done = memory.is_some_and(|memory| confine::confine(memory).and_then(|()| alone()).and_then(|()| serve()).is_ok());
    std::process::exit(i32::from(!done));
}

/// Has the JPEG decoder compute on this one thread. Left to threads of its own, it queues coefficients for them without bound.
fn alone() -> io::Result<()> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global().map_err(io::Error::other)
}

fn serve() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut out = io::stdout().lock();
    frame::write(&mut out, &Hello { version: frame::VERSION })?;
    out.flush()?;
    while let Some(request) = frame::read::<Request>(&mut input)? {
        if request.length as usize > MAX_BYTES {
            return Err(io::Error::from(io::ErrorKind::InvalidData));
        }
        let mut file = vec![0; request.length as usize];
        input.read_exact(&mut file)?;
        // A decoder that panics on a damaged file gives up that file alone: nothing of it is kept.
        let work = std::panic::catch_unwind(AssertUnwindSafe(|| work(&request, &file)));
        let (answer, payload) = match work.unwrap_or_else(|_| Err(unreadable("damaged"))) {
            Ok(done) => done,
            Err(failure) => (Answer::Refused(failure.shortened()), Vec::new()),
        };
        drop(file);
        frame::write(&mut out, &answer)?;
        out.write_all(&payload)?;
        out.flush()?;
    }
    Ok(())
}

fn work(request: &Request, file: &[u8]) -> Result<(Answer, Vec<u8>), Failure> {
    match request.task {
        Task::Vector => vector::draw(file, request.longest).map(raster),
        Task::Portrait { crop } => portrait::draw(file, crop).map(|rgba| raster((rgba, (PORTRAIT, PORTRAIT)))),
        Task::Animation => animation::remake(file),
        Task::Sound => sound::inspect(file),
        Task::Video => video::inspect(file),
        Task::Inspect | Task::Picture | Task::Pixels | Task::Codes { .. } => picture(request, file),
    }
}

/// At most MAX_LONGEST² * 4 bytes, so the length fits.
fn raster((rgba, size): (Vec<u8>, (u32, u32))) -> (Answer, Vec<u8>) {
    (Answer::Raster { size, length: rgba.len() as u32 }, rgba)
}

fn picture(request: &Request, picture: &[u8]) -> Result<(Answer, Vec<u8>), Failure> {
    let header = decode::header(picture)?;
    let (width, height) = header.upright();
    let inspected = Inspected { format: header.format, width, height };
    if request.task == Task::Inspect {
        return Ok(done(inspected, (width, height), Vec::new()));
    }
    let longest = request.longest.clamp(1, MAX_LONGEST);
    let raster = scale::down(decode::raster(picture, &header, longest)?, longest)?;
    let raster = scale::upright(raster, header.orientation);
    let size = (raster.width(), raster.height());
    let payload = match request.task {
        Task::Picture => encode::thumbnail(&raster).map_err(Failure::Unreadable)?,
        Task::Codes { thorough } => {
            frame::body(&codes::find(raster, thorough)).map_err(|error| Failure::Unreadable(error.to_string()))?
        }
        _ => raster.into_rgba8().into_raw(),
    };
    Ok(done(inspected, size, payload))
}

fn done(inspected: Inspected, size: (u32, u32), payload: Vec<u8>) -> (Answer, Vec<u8>) {
    // At most MAX_LONGEST² * 4 bytes, so the length fits. A list of codes is shorter still.
    (Answer::Done { inspected, size, length: payload.len() as u32 }, payload)
}
