//! Shapes of product links known without any catalog: the big shops, and GS1 Digital Links on any host.
//!
//! They say what a link is, never what a product costs: data comes from trusted catalogs only.

use std::sync::LazyLock;

use url::Url;

use crate::gs1::DigitalLink;
use crate::hosts::host_covers;
use crate::rules::{Found, Match, Param, Rule, RuleSet, first, scan};

struct Shop {
    /// Of every rule of the shop.
    id: &'static str,
    /// Scopes the codes: the domain of the shop.
    scope: &'static str,
    shapes: &'static [Shape],
}

struct Shape {
    /// With a leading dot: the name itself and every true subdomain.
    hosts: &'static [&'static str],
    path: &'static str,
    param: Option<(&'static str, &'static str)>,
    samples: &'static [&'static str],
}

const NUMBER: &str = r"(\d{1,20})";
/// Ten letters and digits after one of the words for a product; shops put the title, a language or a reference around them.
const ASIN: &str = r"(?:/[^/]+){0,2}/(?:dp|gp/product|gp/aw/d|exec/obidos/ASIN|o/ASIN)/([A-Z0-9]{10})(?:/.*)?";

const SHOPS: &[Shop] = &[
    Shop {
        id: "taobao",
        scope: "taobao.com",
        shapes: &[
            Shape {
                hosts: &["item.taobao.com"],
                path: "/item.html?",
                param: Some(("id", NUMBER)),
                samples: &["https://item.taobao.com/item.htm?id=612345678901"],
            },
            Shape {
                hosts: &["world.taobao.com"],
                path: r"/item/(\d{1,20})\.html?",
                param: None,
                samples: &["https://world.taobao.com/item/612345678901.htm"],
            },
            Shape {
                hosts: &["m.intl.taobao.com"],
                path: "/detail/detail.html?",
                param: Some(("id", NUMBER)),
                samples: &["https://m.intl.taobao.com/detail/detail.html?id=612345678901"],
            },
            Shape {
                hosts: &["h5.m.taobao.com"],
                path: "/awp/core/detail.html?",
                param: Some(("id", NUMBER)),
                samples: &["https://h5.m.taobao.com/awp/core/detail.htm?id=612345678901"],
            },
        ],
    },
    Shop {
        id: "tmall",
        scope: "tmall.com",
        shapes: &[
            Shape {
                hosts: &[".detail.tmall.com", "detail.m.tmall.com"],
                path: "/item.html?",
                param: Some(("id", NUMBER)),
                samples: &["https://detail.tmall.com/item.htm?id=512345678901"],
            },
            Shape {
                hosts: &["world.tmall.com"],
                path: r"/item/(\d{1,20})\.html?",
                param: None,
                samples: &["https://world.tmall.com/item/512345678901.htm"],
            },
        ],
    },
    Shop {
        id: "jd",
        scope: "jd.com",
        shapes: &[
            Shape {
                hosts: &["item.jd.com"],
                path: r"/(\d{1,20})\.html",
                param: None,
                samples: &["https://item.jd.com/100087654321.html"],
            },
            Shape {
                hosts: &["item.m.jd.com"],
                path: r"/product/(\d{1,20})\.html",
                param: None,
                samples: &["https://item.m.jd.com/product/100087654321.html"],
            },
        ],
    },
    Shop {
        id: "1688",
        scope: "1688.com",
        shapes: &[Shape {
            hosts: &["detail.1688.com", "m.1688.com"],
            path: r"/offer/(\d{1,20})\.html",
            param: None,
            samples: &["https://detail.1688.com/offer/612345678901.html"],
        }],
    },
    Shop {
        id: "amazon",
        scope: "amazon.com",
        shapes: &[Shape {
            hosts: &[
                ".amazon.com",
                ".amazon.ae",
                ".amazon.ca",
                ".amazon.cn",
                ".amazon.co.jp",
                ".amazon.co.uk",
                ".amazon.co.za",
                ".amazon.com.au",
                ".amazon.com.be",
                ".amazon.com.br",
                ".amazon.com.mx",
                ".amazon.com.tr",
                ".amazon.de",
                ".amazon.eg",
                ".amazon.es",
                ".amazon.fr",
                ".amazon.ie",
                ".amazon.in",
                ".amazon.it",
                ".amazon.nl",
                ".amazon.pl",
                ".amazon.sa",
                ".amazon.se",
                ".amazon.sg",
            ],
            path: ASIN,
            param: None,
            samples: &[
                "https://amazon.com/dp/B0ABCDEFGH",
                "https://www.amazon.co.jp/-/en/dp/4103534222?th=1",
                "https://www.amazon.de/Ein-Titel/dp/B0ABCDEFGH/ref=x",
            ],
        }],
    },
    Shop {
        id: "aliexpress",
        scope: "aliexpress.com",
        shapes: &[Shape {
            hosts: &[".aliexpress.com"],
            path: r"/(?:item|i)/(\d{1,20})\.html",
            param: None,
            samples: &["https://www.aliexpress.com/item/1005001234567890.html", "https://aliexpress.com/i/1005001234567890.html"],
        }],
    },
    Shop {
        id: "gs1",
        scope: GS1_HOST,
        shapes: &[Shape { hosts: &[GS1_HOST], path: "", param: None, samples: &["https://id.gs1.org/01/04012345123456"] }],
    },
];

const GS1_HOST: &str = "id.gs1.org";

impl Shop {
    fn rules(&'static self) -> Vec<Rule> {
        let of = |shape: &Shape, host: &str| Rule {
            id: self.id.to_owned(),
            host: host.to_owned(),
            path: (!shape.path.is_empty()).then(|| shape.path.to_owned()),
            param: shape.param.map(|(name, value)| Param { name: name.to_owned(), value: value.to_owned() }),
            gs1: shape.path.is_empty(),
            samples: shape.samples.iter().filter(|sample| names(sample, host)).map(|sample| (*sample).to_owned()).collect(),
        };
        let both = |host: &'static str| [Some(host), host.strip_prefix('.')].into_iter().flatten();
        let hosts = |shape: &'static Shape| shape.hosts.iter().flat_map(move |host| both(host).map(move |host| of(shape, host)));
        self.shapes.iter().flat_map(hosts).collect()
    }
}

fn names(sample: &str, host: &str) -> bool {
    Url::parse(sample).is_ok_and(|url| url.host_str().is_some_and(|found| host_covers(host, found)))
}

/// The shops' rules by scope, as a catalog would publish them.
pub fn rules() -> impl Iterator<Item = (&'static str, Vec<Rule>)> {
    SHOPS.iter().map(|shop| (shop.scope, shop.rules()))
}

/// One set per shop, entitled to the hosts of its own rules; compiled when first asked for.
pub fn builtin() -> &'static [RuleSet] {
    static SETS: LazyLock<Vec<RuleSet>> = LazyLock::new(|| {
        let compile = |(scope, rules): (&str, Vec<Rule>)| {
            let hosts: Vec<String> = rules.iter().map(|rule| rule.host.clone()).collect();
            // The tests hold that all compile.
            RuleSet::compile(scope, &hosts, &rules).inspect_err(|error| tracing::error!(%error, scope, "built-in rules")).ok()
        };
        rules().filter_map(compile).collect()
    });
    &SETS
}

/// What the text's links are: by the trusted sets and, for hosts that none of them answers for, by what is built in. Such a match's
/// catalog is a shop's domain or, for a Digital Link, `id.gs1.org`; it names nobody who could be asked.
pub fn recognise_untrusted(text: &str, trusted: &[RuleSet]) -> Vec<Match> {
    scan(text, |url| {
        first(trusted, url).or_else(|| {
            let answered = trusted.iter().any(|set| url.host_str().is_some_and(|host| set.entitled(host)));
            if answered { None } else { first(builtin(), url).or_else(|| digital_link(url)) }
        })
    })
}

fn digital_link(url: &Url) -> Option<Found<'static>> {
    let link = DigitalLink::parse(url.as_str()).ok()?;
    let gtin = link.gtin()?;
    // Eight digits in a path are a date more often than a GTIN-8; written with its zeros it is one.
    let short = gtin.starts_with("000000") && !url.path().contains(gtin);
    (!short).then(|| Found { catalog: GS1_HOST, rule: "gs1", code: gtin.to_owned(), normal: link.canonical() })
}
