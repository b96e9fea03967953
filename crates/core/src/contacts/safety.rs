//! The number two people compare: 60 digits from both person keys, the same on both sides.

use crate::ids::Person;

/// 12 groups of 5 digits. Each half is one person's fingerprint, the smaller key first, as in Signal's safety numbers;
/// 30 digits are about 100 bits. BLAKE3's key derivation stands for Signal's iterated SHA-512.
pub fn number(one: Person, other: Person) -> String {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    let groups: Vec<String> = [low, high].into_iter().flat_map(fingerprint).collect();
    groups.join(" ")
}

fn fingerprint(person: Person) -> Vec<String> {
    let mut bytes = [0; 48];
    blake3::Hasher::new_derive_key("stoa safety number v1").update(&person.0).finalize_xof().fill(&mut bytes);
    let group = |chunk: &[u8]| {
        let number = chunk.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        format!("{:05}", number % 100_000)
    };
    bytes.chunks_exact(8).map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_the_same_sixty_digits() {
        let (ada, bob) = (Person([1; 32]), Person([2; 32]));
        let seen = number(ada, bob);
        assert_eq!(seen, number(bob, ada));
        assert_eq!(seen.split(' ').map(str::len).collect::<Vec<_>>(), vec![5; 12]);
        assert!(seen.chars().all(|letter| letter.is_ascii_digit() || letter == ' '));
        assert_ne!(seen, number(ada, Person([3; 32])));
    }
}
