//! A phone as the page is one, that says exactly what a test says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use snow::TransportState;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

pub async fn socket(address: &str, origin: &str) -> Result<WebSocketStream<TcpStream>, Error> {
    let stream = TcpStream::connect(address).await.unwrap();
    // as browsers do
    stream.set_nodelay(true).unwrap();
    let mut request = format!("ws://{address}/phone/door").into_client_request().unwrap();
    request.headers_mut().insert("origin", origin.parse().unwrap());
    tokio_tungstenite::client_async(request, stream).await.map(|(socket, _)| socket)
}

pub struct Visitor {
    pub socket: WebSocketStream<TcpStream>,
    noise: TransportState,
}

/// How the node ended the connection: its close code, or none.
pub type Ended = Option<u16>;

impl Visitor {
    pub async fn greeted(address: &str, pass: &str) -> Result<Self, Ended> {
        let bytes = URL_SAFE_NO_PAD.decode(pass).unwrap();
        let (name, key) = bytes.split_at(9);
        let mut socket = socket(address, &format!("http://{address}")).await.unwrap();
        let builder = snow::Builder::new("Noise_NNpsk0_25519_ChaChaPoly_BLAKE2s".parse().unwrap());
        let mut noise =
            builder.prologue(b"stoa phone 1").unwrap().psk(0, key.try_into().unwrap()).unwrap().build_initiator().unwrap();
        let mut buffer = vec![0; 256];
        let size = noise.write_message(&[], &mut buffer).unwrap();
        socket.send(Message::Binary([name, &buffer[..size]].concat().into())).await.unwrap();
        match socket.next().await {
            Some(Ok(Message::Binary(answer))) => noise.read_message(&answer, &mut buffer).map_err(|_| None)?,
            Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
            _ => return Err(None),
        };
        Ok(Self { socket, noise: noise.into_transport_mode().unwrap() })
    }

    pub async fn entered(address: &str, pass: &str) -> Result<(Self, Value), Ended> {
        let mut visitor = Self::greeted(address, pass).await?;
        visitor.say(&json!({ "id": 0, "verb": "phone.enter" })).await;
        let answer = visitor.hear().await?;
        Ok((visitor, answer["ok"].clone()))
    }

    pub fn seal(&mut self, plain: &[u8]) -> Message {
        let mut sealed = vec![0; plain.len() + 16];
        let size = self.noise.write_message(plain, &mut sealed).unwrap();
        sealed.truncate(size);
        Message::Binary(sealed.into())
    }

    pub async fn put(&mut self, plain: &[u8]) {
        let sealed = self.seal(plain);
        // The node may have closed meanwhile, which `hear` tells.
        let _ = self.socket.send(sealed).await;
    }

    pub async fn say(&mut self, what: &Value) {
        self.put(&[&[1], what.to_string().as_bytes()].concat()).await;
    }

    pub async fn hear(&mut self) -> Result<Value, Ended> {
        let mut text = Vec::new();
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Binary(sealed))) => {
                    let mut plain = vec![0; sealed.len()];
                    let size = self.noise.read_message(&sealed, &mut plain).unwrap();
                    text.extend_from_slice(&plain[1..size]);
                    if plain[0] == 1 {
                        return Ok(serde_json::from_slice(&text).unwrap());
                    }
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Asks and waits for the answer to it.
    pub async fn ask(&mut self, id: u64, verb: &str, args: Value) -> Value {
        self.say(&json!({ "id": id, "verb": verb, "args": args })).await;
        self.answer(id).await
    }

    pub async fn answer(&mut self, id: u64) -> Value {
        loop {
            let heard = self.hear().await.unwrap();
            if heard["id"] == id {
                return heard;
            }
        }
    }

    pub async fn upload(&mut self, id: u32, name: &str, size: usize, bytes: &[u8]) -> Value {
        self.say(&json!({ "id": id, "upload": { "name": name, "size": size } })).await;
        for part in bytes.chunks(60_000) {
            self.put(&[&[2], &id.to_be_bytes()[..], part].concat()).await;
        }
        self.answer(id.into()).await
    }
}
