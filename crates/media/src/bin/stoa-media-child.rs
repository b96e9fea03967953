//! A program that is nothing but the decoding child; tests and benches start it in place of a whole Stoa.

fn main() {
    stoa_media::run_child_if_asked();
    std::process::exit(2);
}
