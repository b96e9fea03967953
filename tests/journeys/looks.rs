//! What looks are made of: every mix of parts, what is too much, and what a hostile owner publishes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use image::codecs::gif::{GifEncoder, Repeat};
use image::{AnimationDecoder, Delay, Frame, Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::Value;

use crate::person::{Person, Start, contact, pair};
use crate::pictures;
use crate::program::repository;

const PARTS: [&str; 4] = ["picture", "animation", "sound", "video"];
const CAME: &str = "a part of a look came";

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

pub fn picture(person: &Person, name: &str, shade: u8) -> String {
    let path = person.folder("looks").join(name);
    RgbImage::from_fn(700, 500, |x, y| Rgb([shade, x as u8, y as u8])).save(&path).unwrap();
    text(&path)
}

/// A bar that wanders, a frame every 100 ms.
fn animation(person: &Person, name: &str, frames: u32) -> String {
    let path = person.folder("looks").join(name);
    let mut encoder = GifEncoder::new(std::fs::File::create(&path).unwrap());
    encoder.set_repeat(Repeat::Infinite).unwrap();
    for at in 0..frames {
        let bar = |x: u32| x / 8 == at;
        let drawn =
            RgbaImage::from_fn(8 * frames, 32, |x, _| Rgba(if bar(x) { [200, 30, 30, 255] } else { [250, 250, 240, 255] }));
        encoder.encode_frame(Frame::from_parts(drawn, 0, 0, Delay::from_numer_denom_ms(100, 1))).unwrap();
    }
    text(&path)
}

/// A sound of 16-bit PCM at 44,100 Hz, different for every seed.
pub fn sound(person: &Person, name: &str, milliseconds: u32, seed: u32) -> String {
    let rate = 44_100_u32;
    let sample = |at: u32| ((at.wrapping_mul(37 + seed) % 2_000) as i16).to_le_bytes();
    let samples: Vec<u8> = (0..rate / 100 * milliseconds / 10).flat_map(sample).collect();
    let length = samples.len() as u32;
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * 2).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(samples);
    let path = person.folder("looks").join(name);
    std::fs::write(&path, wav).unwrap();
    text(&path)
}

/// A sound or video that other programs made.
fn sample(name: &str) -> String {
    text(&repository().join("crates/media/tests/media/fixtures").join(name))
}

/// A contact's look in its present state, once nothing of it is on its way any more.
pub fn settled(reader: &Person, name: &str, state: &str) -> Value {
    reader.until(&format!("{name} {state}, whole"), |p| {
        let contact = contact(p, name)?;
        let look = contact["look"].clone();
        let missing = PARTS.iter().any(|part| look[part]["standing"] == "missing");
        (contact["presence"]["state"] == state && !missing && (look.is_null() || look["state"] == state)).then_some(look)
    })
}

/// Which parts a look has, the text among them.
fn parts(look: &Value) -> BTreeSet<&str> {
    let text = (look["text"] != "").then_some("text");
    PARTS.into_iter().filter(|part| !look[part].is_null()).chain(text).collect()
}

#[test]
fn every_mix_of_parts_is_seen_as_it_was_made_and_nothing_else() {
    let (alice, bob) = (Person::new("Alice"), Person::new("Bob"));
    pair(&alice, &bob);
    let still = picture(&alice, "still.png", 9);
    let gif = animation(&alice, "wave.gif", 6);
    let file = |part: &str| match part {
        "picture" => still.clone(),
        "animation" => gif.clone(),
        "sound" => sample("opus.ogg"),
        "video" => sample("vp9-opus.webm"),
        _ => "as it is".to_owned(),
    };
    let mixes: [(&str, &[&str]); 9] = [
        ("online", &["text", "picture"]),
        ("away", &["text"]),
        ("busy", &["animation"]),
        ("meeting", &["sound"]),
        ("eating", &["video"]),
        ("daydreaming", &["text", "picture", "animation", "sound", "video"]),
        ("do_not_disturb", &["picture"]),
        ("am See", &["text", "sound", "video"]),
        ("offline", &["text", "animation"]),
    ];
    for (state, mix) in mixes {
        let flags: Vec<(String, String)> = mix.iter().map(|part| (format!("--{part}"), file(part))).collect();
        let flags = flags.iter().flat_map(|(flag, file)| [flag.as_str(), file.as_str()]);
        alice.ok(["scheme", "set", state].into_iter().chain(flags));
    }
    let own = alice.ok(["scheme", "show"]);
    assert_eq!(own["looks"].as_array().unwrap().len(), mixes.len());
    for (state, mix) in mixes {
        match state {
            "offline" => alice.kill(),
            _ => drop(alice.ok(["presence", "set", state])),
        }
        let look = settled(&bob, "Alice", state);
        assert_eq!(parts(&look), mix.iter().copied().collect(), "{state}");
        assert!(PARTS.iter().all(|part| look[part].is_null() || look[part]["standing"] == "here"), "{look}");
        assert_eq!(Some(&look), own["looks"].as_array().unwrap().iter().find(|own| own["state"] == state));
    }
    kept(&bob);
}

/// The bytes of Alice's media as Bob's program gives them out: pictures made anew, sound and video as they were published.
fn kept(bob: &Person) {
    let folder = bob.folder("media");
    let scheme = bob.ok(["scheme", "show", "Alice", "--into", folder.to_str().unwrap()]);
    let all = |part: &str| {
        let looks = scheme["looks"].as_array().unwrap();
        let hashes = looks.iter().filter_map(|look| look[part]["hash"].as_str()).map(str::to_owned);
        hashes.collect::<BTreeSet<_>>()
    };
    let file = |hash: &str, ending: &str| folder.join(format!("{hash}{ending}"));
    for (part, ending) in [("sound", ".ogg"), ("video", ".webm")] {
        let hashes = all(part);
        assert_eq!(hashes.len(), 1, "the same file twice is one {part}");
        assert!(hashes.iter().all(|hash| pictures::hash(&file(hash, ending)) == *hash));
    }
    for hash in all("picture") {
        assert_eq!(image::open(file(&hash, ".webp")).unwrap().to_rgb8().dimensions(), (512, 366));
    }
    for hash in all("animation") {
        let frames = frames(&file(&hash, ".webp"));
        assert_eq!((frames.len(), frames[0].dimensions()), (6, (48, 32)));
        assert_eq!(image::open(file(&hash, "-still.webp")).unwrap().to_rgba8().dimensions(), (48, 32));
    }
    let names = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(names, all("sound").len() + all("video").len() + all("picture").len() + 2 * all("animation").len());
}

fn frames(path: &PathBuf) -> Vec<RgbaImage> {
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let decoder = image::codecs::webp::WebPDecoder::new(file).unwrap();
    decoder.into_frames().map(|frame| frame.unwrap().into_buffer()).collect()
}

#[test]
fn past_its_budget_a_scheme_is_refused_with_the_reason_and_stays_as_it_was() {
    let alice = Person::new("Alice");
    let budget = alice.ok(["scheme", "show"])["budget"].as_u64().unwrap();
    assert_eq!(budget, 24 << 20);
    let set = |state: u32| {
        let file = sound(&alice, "long.wav", 23_000, state);
        alice.cli(["scheme", "set", &format!("state {state}"), "--sound", &file])
    };
    let whole = set(0).unwrap()[0]["bytes"].as_u64().unwrap();
    let fit = u32::try_from(budget / whole).unwrap();
    for state in 1..fit {
        set(state).unwrap();
    }
    let before = alice.ok(["scheme", "show"]);
    assert_eq!(before["bytes"].as_u64().unwrap(), whole * u64::from(fit));
    let refusal = set(fit).unwrap_err();
    assert_eq!(refusal.code, "too_large");
    assert!(refusal.message.contains("24 MiB") && refusal.message.contains("remove"), "{}", refusal.message);
    assert_eq!(alice.ok(["scheme", "show"]), before);
    // a file of its own may be too large as well
    let longer = sound(&alice, "longer.wav", 40_000, 1);
    let refusal = alice.cli(["scheme", "set", "busy", "--sound", &longer]).unwrap_err();
    assert_eq!(refusal.code, "too_large");
    assert!(refusal.message.contains("at most"), "{}", refusal.message);
    // what is taken away makes room
    alice.ok(["scheme", "clear", "state 0"]);
    set(fit).unwrap();
}

#[test]
fn what_a_hostile_owner_publishes_is_a_text_and_a_mark() {
    let alice = Person::with("Alice", Start { lies: true, ..Start::default() });
    let bob = Person::with("Bob", Start { log: Some("warn,stoa_core=debug".into()), ..Start::default() });
    let careless = Person::with("Carol", Start { lies: true, ..Start::default() });
    pair(&alice, &bob);
    pair(&alice, &careless);
    let bomb = alice.folder("looks").join("bomb.webp");
    std::fs::write(&bomb, [b"RIFF\xff\xff\xff\x7fWEBPVP8X".as_slice(), &[0xff; 5_000]].concat()).unwrap();
    let (still, bomb, sound, video) = (picture(&alice, "still.png", 1), text(&bomb), sample("aac.m4a"), sample("h264.mp4"));
    let look = ["--animation", &bomb, "--sound", &sound, "--video", &video, "--picture", &still];
    alice.ok(["scheme", "set", "busy", "--text", "look at me"].into_iter().chain(look));
    alice.ok(["presence", "set", "busy"]);

    let seen = settled(&bob, "Alice", "busy");
    assert_eq!(seen["text"], "look at me");
    assert_eq!(PARTS.map(|part| seen[part]["standing"].as_str().unwrap()), ["here", "broken", "broken", "broken"]);
    let folder = bob.folder("media");
    bob.ok(["scheme", "show", "Alice", "--into", folder.to_str().unwrap()]);
    let names: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(names.len(), 1, "{names:?}");
    assert_eq!(image::open(&names[0]).unwrap().to_rgb8().dimensions(), (16, 16));
    // no face gets what is broken, and it does not come twice
    for part in ["animation", "sound", "video"] {
        let id = seen[part]["id"].as_str().unwrap();
        assert_eq!(crate::control::refused(&bob, "media.get", &serde_json::json!({ "id": id })), "not_found", "{part}");
    }
    let came = bob.logged(CAME);
    assert_eq!(came, 4);
    bob.sleep();
    bob.wake();
    settled(&bob, "Alice", "busy");
    alice.ok(["scheme", "set", "busy", "--text", "once more"]);
    bob.until("the text", |p| (contact(p, "Alice")?["look"]["text"] == "once more").then_some(()));
    assert_eq!(bob.logged(CAME), came);

    // a decoder that dies of a picture costs that picture
    let seen = settled(&careless, "Alice", "busy");
    assert_eq!(seen["picture"]["standing"], "broken");
    assert_eq!(careless.ok(["me", "show"])["person"], careless.ready()["id"]);
}
