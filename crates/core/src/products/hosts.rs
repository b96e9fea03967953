//! Which hosts a trusted catalog answers for: those it named when it was trusted, and what the person let it add since.

use stoa_catalog::host_covers;

use crate::db::CatalogRow;

/// What a catalog names, by what comes of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub answered: Vec<String>,
    /// Wait for the person's word.
    pub new: Vec<String>,
    /// Another trusted catalog answers for them.
    pub taken: Vec<String>,
}

/// `row` is one of `all`, which come in the order in which they were trusted; `named` are the hosts of its manifest.
pub fn sorted(row: &CatalogRow, named: &[String], all: &[CatalogRow]) -> Named {
    let mut sorted = Named::default();
    for host in named {
        let before = all.iter().take_while(|other| other.url != row.url);
        let list = match row.hosts.contains(host) {
            true if before.flat_map(|other| &other.hosts).any(|held| covers(held, host)) => &mut sorted.taken,
            true => &mut sorted.answered,
            false if is_held(host, &row.url, all) => &mut sorted.taken,
            false => &mut sorted.new,
        };
        list.push(host.clone());
    }
    sorted
}

/// What the catalog answers for once its manifest names `named`: of what it did, what is still named; of what is added, what lies below
/// a host it answers for or its own address, and is nobody else's.
pub fn renewed(row: &CatalogRow, named: &[String], all: &[CatalogRow]) -> Vec<String> {
    let own = url::Url::parse(&row.url).ok().and_then(|url| url.domain().map(str::to_owned));
    let below_own = |host: &str| own.as_ref().is_some_and(|own| covers(own, host) || covers(&format!(".{own}"), host));
    let below = |host: &str| row.hosts.iter().any(|held| covers(held, host)) || below_own(host);
    let stays = |host: &&String| row.hosts.contains(host) || (below(host) && !is_held(host, &row.url, all));
    named.iter().filter(stays).cloned().collect()
}

/// What a catalog answers for once the person trusts it: all that it names and no other answers for. When that other one is forgotten,
/// this one does not take its place without a word.
pub fn trusted(named: &[String], all: &[CatalogRow]) -> Vec<String> {
    named.iter().filter(|host| !all.iter().flat_map(|other| &other.hosts).any(|held| covers(held, host))).cloned().collect()
}

/// What the catalog answers for once the person trusts it anew, with all that it names: what is another's does not move.
pub fn trusted_again(row: &CatalogRow, named: &[String], all: &[CatalogRow]) -> Vec<String> {
    named.iter().filter(|host| row.hosts.contains(host) || !is_held(host, &row.url, all)).cloned().collect()
}

/// Whether a catalog other than `url` answers for this host, for one below it or for all around it.
pub fn is_held(host: &str, url: &str, all: &[CatalogRow]) -> bool {
    let others = all.iter().filter(|other| other.url != url);
    others.flat_map(|other| &other.hosts).any(|held| covers(held, host) || covers(host, held))
}

/// Whether every host of the pattern `inner` is one of `outer`.
fn covers(outer: &str, inner: &str) -> bool {
    outer == inner || host_covers(outer, inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::signer::Signer;
    use super::*;
    use crate::time::Time;

    fn catalog(url: &str, since: i64, hosts: &[&str]) -> CatalogRow {
        CatalogRow { url: url.into(), since: Time(since), hosts: texts(hosts), ..Signer::new(1).catalog() }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn a_renewed_manifest_adds_only_what_lies_below_what_is_answered_for() {
        let row = catalog("https://cards.kiln.example", 1, &["kiln.example", ".shop.example"]);
        let named =
            ["kiln.example", "eu.shop.example", "cards.kiln.example", "img.cards.kiln.example", "bank.example", ".kiln.example"];
        let answered = renewed(&row, &texts(&named), std::slice::from_ref(&row));
        assert_eq!(answered, ["kiln.example", "eu.shop.example", "cards.kiln.example", "img.cards.kiln.example"]);
        let after = CatalogRow { hosts: answered, ..row };
        assert_eq!(sorted(&after, &texts(&named), std::slice::from_ref(&after)).new, ["bank.example", ".kiln.example"]);
        assert_eq!(renewed(&after, &texts(&["bank.example"]), &[]), [""; 0], "what is no longer named is no longer answered for");
    }

    #[test]
    fn hosts_that_another_catalog_answers_for_never_move() {
        let early = catalog("https://a.example", 1, &["a.example"]);
        let late = catalog("https://b.example", 2, &["b.example", ".a.example", "x.deep.example"]);
        let all = [early.clone(), late];
        let named = texts(&["a.example", "b.example", "img.a.example", ".deep.example", "free.example"]);
        assert_eq!(renewed(&early, &named, &all), ["a.example"], "its own subdomain is another's by now");
        let Named { answered, new, taken } = sorted(&early, &named, &all);
        assert_eq!((answered, new), (texts(&["a.example"]), texts(&["free.example"])));
        assert_eq!(taken, ["b.example", "img.a.example", ".deep.example"]);
        assert_eq!(trusted_again(&early, &named, &all), ["a.example", "free.example"]);
    }

    #[test]
    fn a_catalog_takes_no_place_of_one_that_is_forgotten() {
        let (early, late) = (catalog("https://a.example", 1, &[".s.example"]), catalog("https://b.example", 2, &[]));
        let named = texts(&["eu.s.example", "b.example"]);
        let late = CatalogRow { hosts: trusted(&named, std::slice::from_ref(&early)), ..late };
        assert_eq!(late.hosts, ["b.example"]);
        assert_eq!(sorted(&late, &named, &[early, late.clone()]).taken, ["eu.s.example"]);
        assert_eq!(sorted(&late, &named, std::slice::from_ref(&late)).new, ["eu.s.example"]);
    }

    #[test]
    fn of_two_that_named_a_host_when_they_were_trusted_the_first_answers() {
        let (first, second) = (catalog("https://z.example", 1, &["s.example"]), catalog("https://a.example", 2, &["s.example"]));
        let all = [first.clone(), second.clone()];
        assert_eq!(sorted(&first, &first.hosts, &all).answered, ["s.example"]);
        assert_eq!(sorted(&second, &second.hosts, &all).taken, ["s.example"]);
    }
}
