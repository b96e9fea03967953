//! Where each kind of accessory sits: measured against the face frame or the picture, in the built-in pack's own words.

use std::sync::OnceLock;

use super::pack::{self, Rule, SLOTS};

/// The rule of a slot.
pub fn rule(slot: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.slot == slot)
}

/// All rules, in the order of the default stacking, from below.
pub fn rules() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules = pack::builtin().slots.clone();
        rules.retain(|rule| SLOTS.contains(&rule.slot.as_str()));
        rules.sort_by_key(|rule| rule.order);
        rules
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_has_one_rule() {
        let mut slots: Vec<&str> = rules().iter().map(|rule| rule.slot.as_str()).collect();
        slots.sort_unstable();
        let mut all = SLOTS.to_vec();
        all.sort_unstable();
        assert_eq!(slots, all);
    }
}
