//! The list: every command with its answer, every change, every error code.
//!
//! One entry point, `Stoa::invoke` (invoke.rs), serves the Tauri window, the control socket and the browser. A verb
//! without a handler does not compile; `typescript()` writes the same list for the window.

use serde::{Deserialize, Serialize};
use specta::Type;

pub use crate::contacts::api::*;
pub use crate::conversations::api::*;
pub use crate::error::{Code, Error, Result};
pub use crate::looks::api::*;
pub use crate::me::api::*;
pub use crate::personas::api::*;
pub use crate::photos::api::*;
pub use crate::presence::api::*;
pub use crate::products::api::*;
pub use crate::schemes::api::*;
pub use crate::sellers::api::*;
pub use crate::time::{Bytes, Time};

/// An answer that says only that it was done.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, Type)]
pub struct Done {}

/// A picture, sound or video by the id that another answer named. Pictures are WebP or PNG made on this machine, sounds and
/// videos were read from end to end and hold nothing but sound and picture. At most 8 MiB.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct MediaGet {
    pub id: String,
}

#[derive(Clone, Debug, Serialize, Deserialize, Type)]
pub struct Media {
    /// `image/webp` or `image/png`; of sounds and videos `audio/…` or `video/webm`, as the look that names it says.
    pub mime: String,
    /// The bytes in base64 (RFC 4648, padded).
    pub base64: String,
}

/// A verb: its arguments are the type, its answer the associated one.
pub trait Verb: Serialize {
    const NAME: &'static str;
    type Answer: serde::de::DeserializeOwned + Serialize;
}

macro_rules! verbs {
    ($($name:literal $verb:ident -> $answer:ty;)*) => {
        /// Every command. On the wire `{"verb": name, "args": {…}}`.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        #[serde(tag = "verb", content = "args")]
        pub enum Command { $(#[serde(rename = $name)] $verb($verb),)* }

        /// Every answer. On the wire the bare value: the asker knows what it asked.
        #[derive(Clone, Debug, Serialize)]
        #[serde(untagged)]
        pub enum Answer { $($verb($answer),)* }

        $(impl Verb for $verb {
            const NAME: &'static str = $name;
            type Answer = $answer;
        })*

        /// Name, argument type and answer type of every verb, in TypeScript's words.
        pub(crate) fn verb_types(types: &mut specta::Types) -> Vec<(&'static str, &'static str, String)> {
            $(types.register_mut::<$verb>().register_mut::<$answer>();)*
            vec![$(($name, stringify!($verb), typescript_name(stringify!($answer))),)*]
        }
    };
}

/// `Vec<X>` is `X[]`; every other answer goes by its name.
fn typescript_name(rust: &str) -> String {
    let plain: String = rust.chars().filter(|letter| !letter.is_whitespace()).collect();
    match plain.strip_prefix("Vec<").and_then(|rest| rest.strip_suffix('>')) {
        Some(item) => format!("{item}[]"),
        None => plain,
    }
}

verbs! {
    "node.status" NodeStatus -> Node;
    "me.show" MeShow -> Me;
    "me.set" MeSet -> Done;
    "contact.invite" ContactInvite -> Invitation;
    "contact.accept" ContactAccept -> Contact;
    "contact.list" ContactList -> Vec<Contact>;
    "contact.nearby" ContactNearby -> Vec<Nearby>;
    "contact.ask" ContactAsk -> Done;
    "contact.requests" ContactRequests -> Vec<ContactRequest>;
    "contact.consent" ContactConsent -> Done;
    "contact.show" ContactShow -> ContactDetails;
    "contact.verify" ContactVerify -> Done;
    "contact.rename" ContactRename -> Done;
    "contact.block" ContactBlock -> Done;
    "contact.remove" ContactRemove -> Done;
    "chat.send" ChatSend -> Sent;
    "chat.read" ChatRead -> Page;
    "chat.seen" ChatSeen -> Done;
    "chat.typing" ChatTyping -> Done;
    "presence.set" PresenceSet -> Done;
    "presence.show" PresenceShow -> Presence;
    "presence.hide" PresenceHide -> Hidden;
    "presence.states" PresenceStates -> Vec<State>;
    "presence.idle" PresenceIdle -> Idle;
    "presence.active" PresenceActive -> Done;
    "scheme.show" SchemeShow -> Scheme;
    "scheme.prepare" SchemePrepare -> LookMedia;
    "scheme.set" SchemeSet -> Scheme;
    "scheme.push" SchemePush -> Done;
    "look.refresh" LookRefresh -> Done;
    "persona.show" PersonaShow -> Persona;
    "persona.accessories" PersonaAccessories -> Accessories;
    "persona.photo" PersonaPhoto -> PersonaBase;
    "persona.preview" PersonaPreview -> Media;
    "persona.set" PersonaSet -> Persona;
    "persona.clear" PersonaClear -> Done;
    "persona.export" PersonaExport -> Done;
    "share.add" ShareAdd -> ShareStarted;
    "share.list" ShareList -> Vec<Share>;
    "share.show" ShareShow -> ShareDetails;
    "share.fetch" ShareFetch -> Done;
    "share.pause" SharePause -> Done;
    "share.cancel" ShareCancel -> Done;
    "share.save" ShareSave -> Saved;
    "share.revoke" ShareRevoke -> Done;
    "card.show" CardShow -> Card;
    "card.codes" CardCodes -> Vec<PictureCode>;
    "card.rules.list" RulesList -> Vec<CardRule>;
    "card.rules.add" RulesAdd -> Done;
    "card.rules.remove" RulesRemove -> Done;
    "card.rules.test" RulesTest -> RuleMatch;
    "catalog.list" CatalogList -> Vec<Catalog>;
    "catalog.trust" CatalogTrust -> Catalog;
    "catalog.forget" CatalogForget -> Done;
    "catalog.answer" CatalogAnswer -> Catalog;
    "catalog.search" CatalogSearch -> Hits;
    "seller.join" SellerJoin -> Shop;
    "seller.list" SellerList -> Vec<Shop>;
    "seller.leave" SellerLeave -> Done;
    "seller.products" SellerProducts -> Goods;
    "seller.put" SellerPut -> Good;
    "seller.patch" SellerPatch -> Good;
    "seller.withdraw" SellerWithdraw -> Good;
    "seller.photo" SellerPhoto -> Good;
    "seller.import" SellerImport -> FeedImported;
    "seller.export" SellerExport -> Done;
    "seller.preview" SellerPreview -> Card;
    "media.get" MediaGet -> Media;
}

/// A fact, told after it is durable. Each carries the whole new state of its thing, so that losing an earlier one
/// loses nothing.
#[derive(Clone, Debug, Serialize, Deserialize, Type)]
#[serde(tag = "change", content = "of", rename_all = "snake_case")]
pub enum Change {
    Me(Me),
    /// New, renamed, verified, read, talked to, come or gone.
    Contact(Contact),
    ContactGone {
        person: String,
    },
    /// Everybody nearby, whole.
    Nearby(Vec<Nearby>),
    /// Everybody who waits for a yes, whole.
    Requests(Vec<ContactRequest>),
    /// New, or its mark changed.
    Message(Message),
    Typing {
        person: String,
    },
    /// The owner's or a contact's, whole: published, received, or one of its media arrived.
    Scheme(Scheme),
    Persona(Persona),
    /// To whom the owner is invisible.
    Hidden(Hidden),
    Share(Share),
    ShareItem {
        share: String,
        item: ShareItem,
    },
    /// The card of this link can be drawn anew.
    Card {
        link: String,
    },
    /// Every catalog this person sells in, whole.
    Shops(Vec<Shop>),
    /// There are other accessories than before.
    Accessories {},
    Node(Node),
    /// The listener was too slow and missed changes: read everything again.
    Lagged {},
}
