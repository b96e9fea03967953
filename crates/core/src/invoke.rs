//! The one entry point: each command to its feature.

use crate::api::{Answer, Command};
use crate::error::Result;
use crate::stoa::Stoa;
use crate::{contacts, conversations, looks, me, personas, photos, pictures, presence, products, schemes, sellers};

macro_rules! run {
    ($stoa:expr, $command:expr; $($verb:ident => $handler:path,)*) => {
        match $command { $(Command::$verb(args) => $handler($stoa, args).await.map(Answer::$verb),)* }
    };
}

impl Stoa {
    /// Runs one command. Returns when what it did is durable.
    ///
    /// # Errors
    /// Whatever the verb refuses, with its code.
    pub async fn invoke(&self, command: Command) -> Result<Answer> {
        run! { self, command;
            NodeStatus => me::status,
            MeShow => me::show,
            MeSet => me::set,
            ContactInvite => contacts::invite::invite,
            ContactAccept => contacts::invite::accept,
            ContactList => contacts::list,
            ContactNearby => contacts::nearby::list,
            ContactAsk => contacts::nearby::ask,
            ContactRequests => contacts::nearby::requests,
            ContactConsent => contacts::nearby::consent,
            ContactShow => contacts::show,
            ContactVerify => contacts::verify,
            ContactRename => contacts::rename,
            ContactBlock => contacts::block,
            ContactRemove => contacts::remove,
            ChatSend => conversations::send,
            ChatRead => conversations::read,
            ChatSeen => conversations::seen,
            ChatTyping => conversations::typing,
            PresenceSet => presence::set,
            PresenceShow => presence::show,
            PresenceHide => presence::hidden::hide,
            PresenceStates => presence::states,
            PresenceIdle => presence::idle::idle,
            PresenceActive => presence::idle::active,
            SchemeShow => schemes::show,
            SchemePrepare => schemes::prepare::prepare,
            SchemeSet => schemes::set,
            SchemePush => schemes::push,
            LookRefresh => looks::refresh,
            PersonaShow => personas::show,
            PersonaAccessories => personas::packs::accessories,
            PersonaPhoto => personas::photo::photo,
            PersonaPreview => personas::preview,
            PersonaSet => personas::set,
            PersonaClear => personas::clear,
            PersonaExport => personas::export,
            ShareAdd => photos::add,
            ShareList => photos::list,
            ShareShow => photos::show,
            ShareFetch => photos::fetch::fetch,
            SharePause => photos::fetch::pause,
            ShareCancel => photos::fetch::cancel,
            ShareSave => photos::save,
            ShareRevoke => photos::revoke,
            CardShow => products::show,
            CardCodes => products::codes::codes,
            RulesList => products::rules::list,
            RulesAdd => products::rules::add,
            RulesRemove => products::rules::remove,
            RulesTest => products::rules::test,
            CatalogList => products::catalogs,
            CatalogTrust => products::trust,
            CatalogForget => products::forget,
            CatalogAnswer => products::answer,
            CatalogSearch => products::search::search,
            SellerJoin => sellers::join,
            SellerList => sellers::list,
            SellerLeave => sellers::leave,
            SellerProducts => sellers::products,
            SellerPut => sellers::put,
            SellerPatch => sellers::patch,
            SellerWithdraw => sellers::withdraw,
            SellerPhoto => sellers::photo,
            SellerImport => sellers::import,
            SellerExport => sellers::export,
            SellerPreview => sellers::preview,
            MediaGet => pictures::get,
        }
    }
}
