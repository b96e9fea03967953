//! One connection's streams: opens those asked for, hands those opened by the other side to [`Inbound`].

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use libp2p::{
    Stream,
    core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo},
    swarm::{
        ConnectionHandler, ConnectionHandlerEvent, StreamUpgradeError, SubstreamProtocol,
        handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound},
    },
};
use tokio::sync::{mpsc, oneshot};

use crate::{DeviceId, Error, Protocol, inbound::Inbound, links::Open};

const NEGOTIATION: Duration = Duration::from_secs(10);

pub(crate) struct Handler {
    peer: DeviceId,
    inbound: Arc<Inbound>,
    opens: mpsc::Receiver<Open>,
    streams: Arc<()>,
}

impl Handler {
    pub(crate) fn new(peer: DeviceId, inbound: Arc<Inbound>, opens: mpsc::Receiver<Open>, streams: Arc<()>) -> Self {
        Self { peer, inbound, opens, streams }
    }
}

/// Where the stream goes once it is open.
type Wanted = oneshot::Sender<Result<Stream, Error>>;

impl ConnectionHandler for Handler {
    type FromBehaviour = Infallible;
    type ToBehaviour = Infallible;
    type InboundProtocol = Offered;
    type OutboundProtocol = Chosen;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Wanted;

    fn listen_protocol(&self) -> SubstreamProtocol<Offered> {
        SubstreamProtocol::new(Offered, ()).with_timeout(NEGOTIATION)
    }

    fn connection_keep_alive(&self) -> bool {
        self.inbound.gate.lets_in(self.peer)
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Chosen, Wanted, Infallible>> {
        match self.opens.poll_recv(cx) {
            Poll::Ready(Some(Open { protocol, reply })) => Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest {
                protocol: SubstreamProtocol::new(Chosen(protocol), reply).with_timeout(NEGOTIATION),
            }),
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Offered, Chosen, (), Wanted>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: (protocol, stream), .. }) => {
                self.inbound.clone().accept(self.peer, protocol, stream, self.streams.clone());
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info }) => {
                // The asker may have given up; then the stream is reset.
                let _ = info.send(Ok(stream));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let _ = info.send(Err(match error {
                    StreamUpgradeError::Timeout => Error::TimedOut,
                    StreamUpgradeError::NegotiationFailed => Error::Unsupported,
                    StreamUpgradeError::Io(cause) => Error::Lost(cause.to_string()),
                    StreamUpgradeError::Apply(never) => match never {},
                }));
            }
            _ => {}
        }
    }
}

/// All protocols: who may use which is answered on the stream, so that a refusal is one and not silence.
pub(crate) struct Offered;

impl UpgradeInfo for Offered {
    type Info = Protocol;
    type InfoIter = std::array::IntoIter<Protocol, { Protocol::ALL.len() }>;

    fn protocol_info(&self) -> Self::InfoIter {
        Protocol::ALL.into_iter()
    }
}

impl InboundUpgrade<Stream> for Offered {
    type Output = (Protocol, Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, protocol: Protocol) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

/// The one protocol the stream is opened for.
pub(crate) struct Chosen(Protocol);

impl UpgradeInfo for Chosen {
    type Info = Protocol;
    type InfoIter = std::iter::Once<Protocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once(self.0)
    }
}

impl OutboundUpgrade<Stream> for Chosen {
    type Output = Stream;
    type Error = Infallible;
    type Future = Ready<Result<Stream, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, _: Protocol) -> Self::Future {
        ready(Ok(stream))
    }
}
