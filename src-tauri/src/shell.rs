//! The window's tie to its node: attached or its own, and tied anew when the other node goes.

use std::sync::Arc;
use std::time::Duration;

use stoa_core::api::{Change, Result};
use stoa_host::Backend;
use tauri::{AppHandle, Emitter};
use tokio::sync::RwLock;

use crate::arguments::Arguments;
use crate::camera::Camera;

pub struct Shell {
    pub arguments: Arguments,
    pub camera: Camera,
    backend: RwLock<Arc<Backend>>,
}

impl Shell {
    /// # Errors
    /// Those of `Backend::connect_or_open`.
    pub async fn open(arguments: Arguments) -> Result<Self> {
        let backend = tie(&arguments).await?;
        Ok(Self { arguments, camera: Camera::default(), backend: RwLock::new(Arc::new(backend)) })
    }

    pub async fn backend(&self) -> Arc<Backend> {
        self.backend.read().await.clone()
    }

    /// Tells the page every change, for as long as the window lives. An own node that was asked to stop takes the
    /// window with it; when another node goes, the window attaches to its successor or becomes it.
    pub async fn pump(&self, app: &AppHandle) {
        loop {
            let backend = self.backend().await;
            if let Backend::Own(running) = &*backend {
                let stop = running.stop_asked();
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = forward(&backend, app) => {}
                }
                app.exit(0);
                return;
            }
            forward(&backend, app).await;
            drop(backend);
            match tie(&self.arguments).await {
                Ok(backend) => *self.backend.write().await = Arc::new(backend),
                Err(error) => {
                    tracing::warn!(%error, "no node");
                    tokio::time::sleep(Duration::from_secs(2)).await;
                }
            }
        }
    }
}

async fn tie(arguments: &Arguments) -> Result<Backend> {
    Backend::connect_or_open(|| arguments.options()).await
}

async fn forward(backend: &Backend, app: &AppHandle) {
    match backend.changes().await {
        Ok(mut heard) => {
            // what changed before this side listened was not heard
            tell(app, &Change::Lagged {});
            while let Some(change) = heard.next().await {
                tell(app, &change);
            }
        }
        Err(error) => tracing::warn!(%error, "no changes"),
    }
}

fn tell(app: &AppHandle, change: &Change) {
    if let Err(error) = app.emit("change", change) {
        tracing::warn!(%error, "the page did not hear a change");
    }
}
