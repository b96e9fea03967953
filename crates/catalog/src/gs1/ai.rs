//! The application identifiers: which keys there are, their qualifiers and formats. GS1 General Specifications, section 3.

#[derive(Clone, Debug)]
pub struct Ai {
    pub name: String,
    /// No separator follows in an element string.
    pub predefined: bool,
    /// May stand in the query.
    pub attribute: bool,
    pub format: &'static [Part],
    /// A primary key, and the orders of qualifiers that it may have.
    pub path: Option<&'static [&'static [&'static str]]>,
}

#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub set: Set,
    pub min: usize,
    pub max: usize,
    pub optional: bool,
    pub check: Check,
}

#[derive(Clone, Copy, Debug)]
pub enum Set {
    Digits,
    Set82,
    Set39,
    Set64,
}

#[derive(Clone, Copy, Debug)]
pub enum Check {
    None,
    Digit,
    Pair,
    Date {
        day: bool,
    },
    /// Begins with a company prefix: four digits at least.
    Company,
    Zero,
}

impl Part {
    const fn new(set: Set, min: usize, max: usize, check: Check) -> Self {
        Self { set, min, max, optional: false, check }
    }

    const fn opt(self) -> Self {
        Self { optional: true, ..self }
    }
}

const fn n(len: usize) -> Part {
    Part::new(Set::Digits, len, len, Check::None)
}

const fn n_to(max: usize) -> Part {
    Part::new(Set::Digits, 1, max, Check::None)
}

const fn x(len: usize) -> Part {
    Part::new(Set::Set82, len, len, Check::None)
}

const fn x_to(max: usize) -> Part {
    Part::new(Set::Set82, 1, max, Check::None)
}

/// Digits of which the last is a check digit.
const fn checked(len: usize) -> Part {
    Part::new(Set::Digits, len, len, Check::Digit)
}

const fn dated(day: bool) -> Part {
    Part::new(Set::Digits, 6, 6, Check::Date { day })
}

const fn company(set: Set, max: usize) -> Part {
    Part::new(set, 1, max, Check::Company)
}

struct Row {
    /// AIs it stands for; `[0-5]` is one digit of a range.
    names: &'static str,
    predefined: bool,
    attribute: bool,
    format: &'static [Part],
}

/// An attribute of any length.
const fn open(names: &'static str, format: &'static [Part]) -> Row {
    Row { names, predefined: false, attribute: true, format }
}

/// An attribute of predefined length.
const fn fixed(names: &'static str, format: &'static [Part]) -> Row {
    Row { names, predefined: true, attribute: true, format }
}

/// Only ever in the path, or not in a URI at all.
const fn bound(names: &'static str, format: &'static [Part]) -> Row {
    Row { names, predefined: false, attribute: false, format }
}

const ROWS: &[Row] = &[
    fixed("00", &[checked(18)]),
    fixed("0[1-2]", &[checked(14)]),
    Row { attribute: false, ..fixed("03", &[checked(14)]) },
    open("10", &[x_to(20)]),
    fixed("1[1-3]", &[dated(false)]),
    fixed("1[5-7]", &[dated(false)]),
    fixed("20", &[n(2)]),
    bound("2[1-2]", &[x_to(20)]),
    bound("235", &[x_to(28)]),
    open("24[0-1]", &[x_to(30)]),
    open("242", &[n_to(6)]),
    open("243", &[x_to(20)]),
    open("25[0-1]", &[x_to(30)]),
    open("253", &[checked(13), x_to(17).opt()]),
    bound("254", &[x_to(20)]),
    open("255", &[checked(13), n_to(12).opt()]),
    open("30", &[n_to(8)]),
    fixed("31[0-6][0-5]", &[n(6)]),
    fixed("32[0-9][0-5]", &[n(6)]),
    fixed("33[0-7][0-5]", &[n(6)]),
    fixed("34[0-9][0-5]", &[n(6)]),
    fixed("35[0-7][0-5]", &[n(6)]),
    fixed("36[0-9][0-5]", &[n(6)]),
    open("37", &[n_to(8)]),
    open("390[0-9]", &[n_to(15)]),
    open("391[0-9]", &[n(3), n_to(15)]),
    open("392[0-9]", &[n_to(15)]),
    open("393[0-9]", &[n(3), n_to(15)]),
    open("394[0-3]", &[n(4)]),
    open("395[0-5]", &[n(6)]),
    open("400", &[x_to(30)]),
    open("401", &[company(Set::Set82, 30)]),
    open("402", &[checked(17)]),
    open("403", &[x_to(30)]),
    fixed("41[0-7]", &[checked(13)]),
    open("420", &[x_to(20)]),
    open("421", &[n(3), x_to(9)]),
    open("422", &[n(3)]),
    open("423", &[n(3), n(3).opt(), n(3).opt(), n(3).opt(), n(3).opt()]),
    open("424", &[n(3)]),
    open("425", &[n(3), n(3).opt(), n(3).opt(), n(3).opt(), n(3).opt()]),
    open("426", &[n(3)]),
    open("427", &[x_to(3)]),
    open("43[0-1][0-1]", &[x_to(35)]),
    open("43[0-1][2-6]", &[x_to(70)]),
    open("43[0-1]7", &[x(2)]),
    open("4308", &[x_to(30)]),
    open("4309", &[n(10), n(10)]),
    open("4318", &[x_to(20)]),
    open("4319", &[x_to(30)]),
    open("4320", &[x_to(35)]),
    open("432[1-3]", &[n(1)]),
    open("432[4-5]", &[dated(false), n(4)]),
    open("4326", &[dated(true)]),
    open("433[0-3]", &[n(6), x(1).opt()]),
    open("7001", &[n(13)]),
    open("7002", &[x_to(30)]),
    open("7003", &[dated(true), n(4)]),
    open("7004", &[n_to(4)]),
    open("7005", &[x_to(12)]),
    open("7006", &[dated(true)]),
    open("7007", &[dated(true), dated(true).opt()]),
    open("7008", &[x_to(3)]),
    open("7009", &[x_to(10)]),
    open("7010", &[x_to(2)]),
    open("7011", &[dated(true), n(4).opt()]),
    open("702[0-2]", &[x_to(20)]),
    open("7023", &[company(Set::Set82, 30)]),
    open("703[0-9]", &[n(3), x_to(27)]),
    bound("7040", &[n(1), x(3)]),
    bound("7041", &[x_to(4)]),
    open("71[0-7]", &[x_to(20)]),
    open("723[0-9]", &[x(2), x_to(28)]),
    open("7240", &[x_to(20)]),
    open("7241", &[n(2)]),
    open("7242", &[x_to(25)]),
    open("7250", &[n(8)]),
    open("7251", &[n(12)]),
    open("7252", &[n(1)]),
    open("725[3-4]", &[x_to(40)]),
    open("7255", &[x_to(10)]),
    open("7256", &[x_to(90)]),
    open("7257", &[x_to(70)]),
    open("7258", &[x(3)]),
    open("7259", &[x_to(40)]),
    open("8001", &[n(14)]),
    open("8002", &[x_to(20)]),
    open("8003", &[Part::new(Set::Digits, 1, 1, Check::Zero), checked(13), x_to(16).opt()]),
    open("8004", &[company(Set::Set82, 30)]),
    open("8005", &[n(6)]),
    open("8006", &[checked(14), n(4)]),
    open("8007", &[x_to(34)]),
    open("8008", &[dated(false), n(2), n(2).opt(), n(2).opt()]),
    open("8009", &[x_to(50)]),
    open("8010", &[company(Set::Set39, 30)]),
    bound("8011", &[n_to(12)]),
    open("8012", &[x_to(20)]),
    open("8013", &[Part::new(Set::Set82, 3, 25, Check::Pair)]),
    bound("8014", &[Part::new(Set::Set82, 3, 25, Check::Pair)]),
    open("801[7-8]", &[checked(18)]),
    bound("8019", &[n_to(10)]),
    bound("8020", &[x_to(25)]),
    open("8026", &[checked(14), n(4)]),
    open("8030", &[Part::new(Set::Set64, 1, 90, Check::None)]),
    bound("804[0-1]", &[n(15)]),
    bound("8042", &[n(32)]),
    bound("8043", &[n(18), n_to(2).opt()]),
    open("8110", &[x_to(70)]),
    open("8111", &[n(4)]),
    open("8112", &[x_to(70)]),
    bound("8200", &[x_to(70)]),
    open("90", &[x_to(30)]),
    open("9[1-9]", &[x_to(90)]),
];

/// Primary keys and the orders of their qualifiers, from the URI Syntax standard, section 4.
const KEYS: &[(&str, &[&[&str]])] = &[
    ("00", &[&[]]),
    ("01", &[&["22", "10", "21"], &["235"]]),
    ("253", &[&[]]),
    ("255", &[&[]]),
    ("401", &[&[]]),
    ("402", &[&[]]),
    ("414", &[&["254"], &["7040"]]),
    ("415", &[&["8020"]]),
    ("417", &[&["7040"]]),
    ("8003", &[&[]]),
    ("8004", &[&["7040"]]),
    ("8006", &[&["22", "10", "21"]]),
    ("8010", &[&["8011"]]),
    ("8013", &[&[]]),
    ("8017", &[&["8019"]]),
    ("8018", &[&["8019"]]),
];

const SHORT_NAMES: &[(&str, &str)] = &[
    ("cpid", "8010"),
    ("cpsn", "8011"),
    ("cpv", "22"),
    ("gcn", "255"),
    ("gdti", "253"),
    ("giai", "8004"),
    ("ginc", "401"),
    ("gln", "414"),
    ("glnx", "254"),
    ("gmn", "8013"),
    ("grai", "8003"),
    ("gsin", "402"),
    ("gsrn", "8018"),
    ("gsrnp", "8017"),
    ("gtin", "01"),
    ("itip", "8006"),
    ("lot", "10"),
    ("party", "417"),
    ("refno", "8020"),
    ("ser", "21"),
    ("srin", "8019"),
    ("sscc", "00"),
];

pub fn lookup(name: &str) -> Option<Ai> {
    if !(2..=4).contains(&name.len()) {
        return None;
    }
    let row = ROWS.iter().find(|row| covers(row.names, name))?;
    let path = KEYS.iter().find_map(|(key, orders)| (*key == name).then_some(*orders));
    Some(Ai { name: name.to_owned(), predefined: row.predefined, attribute: row.attribute, format: row.format, path })
}

pub fn short_name(name: &str) -> Option<Ai> {
    SHORT_NAMES.iter().find_map(|(short, ai)| (*short == name).then(|| lookup(ai))?)
}

/// An AI that no table knows.
pub fn unknown(name: &str) -> Ai {
    Ai { name: name.to_owned(), predefined: false, attribute: true, format: const { &[x_to(90)] }, path: None }
}

fn covers(names: &str, name: &str) -> bool {
    let mut names = names.bytes();
    let mut fits = |b: u8| match names.next() {
        Some(b'[') => {
            let (from, _, to, _) = (names.next(), names.next(), names.next(), names.next());
            from.is_some_and(|from| from <= b) && to.is_some_and(|to| b <= to)
        }
        one => one == Some(b),
    };
    name.bytes().all(&mut fits) && names.next().is_none()
}
