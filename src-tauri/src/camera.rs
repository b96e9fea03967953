//! The camera, for the page's scan dialog: WebKitGTK gives a page none unless told to.

use std::sync::atomic::{AtomicBool, Ordering};

use tauri::webview::{PermissionKind, PermissionResponse};
use tauri::{Manager, Webview, WebviewWindow};

use crate::shell::Shell;
use crate::window::is_own;

/// One permission for the camera, which the page asks for right before it opens one.
#[derive(Default)]
pub struct Camera(AtomicBool);

impl Camera {
    pub fn expect(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Answers whatever WebKit asks about: the camera is the window's own page's, once for each time it was expected. The
/// microphone, the screen, the place, notifications and the rest are refused; a camera with sound is refused with the sound.
pub fn permit(webview: &Webview, kind: PermissionKind) -> PermissionResponse {
    let own = webview.url().is_ok_and(|url| is_own(&url));
    if kind == PermissionKind::Camera && own && webview.state::<Shell>().camera.take() {
        PermissionResponse::Allow
    } else {
        tracing::info!(?kind, "refused to the page");
        PermissionResponse::Deny
    }
}

/// Gives the page `navigator.mediaDevices`, which WebKitGTK leaves out otherwise, and no calls to other machines.
///
/// # Errors
/// When the window is gone.
#[cfg(target_os = "linux")]
pub fn enable(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{SettingsExt, WebViewExt};

    window.with_webview(|webview| {
        let Some(settings) = WebViewExt::settings(&webview.inner()) else { return };
        settings.set_enable_media_stream(true);
        settings.set_enable_webrtc(false);
        // WebKit's own pretended camera, so that a test needs none.
        settings.set_enable_mock_capture_devices(cfg!(debug_assertions) && std::env::var_os("STOA_MOCK_CAMERA").is_some());
    })
}

/// Other systems' webviews have it.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn enable(_: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}
