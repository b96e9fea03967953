//! What contacts see of a person beside words: commands.

use serde::{Deserialize, Serialize};
use specta::Type;

/// Asks for a contact's newest scheme and persona now, of them or of a mutual contact; a change follows when there is one.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct LookRefresh {
    pub contact: String,
}
