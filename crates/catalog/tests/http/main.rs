//! The catalog's HTTP, asked as programs, browsers, caches and attackers ask it.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod asking;
mod hostile;
mod operating;
mod reading;
mod selling;

use serde_json::{Value, json};

fn honey() -> Value {
    json!({ "name": "Thyme honey", "brand": "Hymettus", "price": { "minor": 1250, "currency": "EUR" }, "url": "https://shop.example/p/honey" })
}
