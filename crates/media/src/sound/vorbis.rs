//! How long Vorbis sounds (Vorbis I specification): of every packet only the block that it is coded in is read.

/// Bits of a mode: a flag, two kinds that are always 0, and its mapping (4.2.4).
const MODE: usize = 1 + 16 + 16 + 8;
/// Bits of the number of modes before them.
const COUNT: usize = 6;

pub struct Blocks {
    /// Samples of the short and of the long ones.
    sizes: [u64; 2],
    /// Whether each mode's blocks are long.
    modes: Vec<bool>,
    before: Option<u64>,
    pub samples: u64,
}

impl Blocks {
    /// By the exponents in the first header.
    pub fn new(short: u8, long: u8) -> Self {
        Self { sizes: [1 << short, 1 << long], modes: Vec::new(), before: None, samples: 0 }
    }

    /// Reads the modes, which stand last in the header of code books; none when there are none.
    pub fn set_up(&mut self, header: &[u8]) -> Option<()> {
        let whole = header.len() * 8;
        let bit = |at: usize| header[at / 8] >> (at % 8) & 1 == 1;
        let number = |from: usize, bits: usize| (0..bits).rev().fold(0u32, |number, at| number << 1 | u32::from(bit(from + at)));
        // The framing bit is the last one that is set.
        let end = (0..whole).rev().find(|at| bit(*at))?;
        let (mut from, mut long, mut found) = (end, Vec::new(), None);
        // How many there are stands before them: whatever looks like modes is one, the longest list that counts itself is it.
        while from >= MODE + COUNT && long.len() < 64 {
            from -= MODE;
            if number(from + 33, 8) > 63 || number(from + 1, 32) != 0 {
                break;
            }
            long.push(bit(from));
            if number(from - COUNT, COUNT) as usize + 1 == long.len() {
                found = Some(long.clone());
            }
        }
        self.modes = found?;
        self.modes.reverse();
        Some(())
    }

    /// Counts a packet of sound; none for one of an unknown mode.
    pub fn add(&mut self, packet: &[u8]) -> Option<()> {
        let Some(first) = packet.first() else { return Some(()) };
        let bits = usize::BITS - (self.modes.len() - 1).leading_zeros();
        let mode = usize::from(first >> 1) & ((1 << bits) - 1);
        let now = self.sizes[usize::from(*self.modes.get(mode)?)];
        // Blocks overlap by half; the first one only begins (4.3.8).
        self.samples += self.before.replace(now).map_or(0, |before| (before + now) / 4);
        Some(())
    }
}
