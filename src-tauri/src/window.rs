//! The window itself, from opening to a clean end.

use std::io::Read;
use std::time::Duration;

use tauri::webview::NewWindowResponse;
use tauri::{App, AppHandle, DragDropEvent, Emitter, Manager, RunEvent, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::arguments::Arguments;
use crate::shell::Shell;
use crate::{camera, commands, display, media};

/// Dropped paths that the page is told of.
const DROPPED: usize = 2_000;
/// How long a node may take to end before the program goes anyway; what it said was done is on disk.
const ENDING: Duration = Duration::from_secs(5);

/// Opens the window and returns when it is closed.
///
/// # Errors
/// A sentence for the person who started it.
pub fn run(arguments: Arguments) -> Result<(), String> {
    // Before the home is opened: from then on it is to be closed.
    let signals = tauri::async_runtime::block_on(async { Signals::listen() })
        .map_err(|error| format!("signals cannot be received: {error}"))?;
    let shell = tauri::async_runtime::block_on(Shell::open(arguments)).map_err(|error| error.message)?;
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(shell)
        .invoke_handler(tauri::generate_handler![
            commands::invoke,
            commands::start,
            commands::pick_pictures,
            commands::pick_folder,
            commands::upload,
            commands::save_as,
            commands::expect_camera,
        ])
        .register_asynchronous_uri_scheme_protocol("media", |context, request, responder| {
            media::serve(context.app_handle(), &request, responder);
        })
        .setup(|app| Ok(open(app, signals)?))
        .build(tauri::generate_context!())
        .map_err(|error| format!("the window does not open: {error}"))?;
    let code = app.run_return(|app, event| {
        if let RunEvent::Exit = event {
            tauri::async_runtime::block_on(end(app));
        }
    });
    if code == 0 { Ok(()) } else { Err(format!("the window ended with code {code}")) }
}

fn open(app: &App, mut signals: Signals) -> tauri::Result<()> {
    let shell = app.state::<Shell>();
    let home = shell
        .arguments
        .home()
        .and_then(|home| Ok(home.canonicalize()?))
        .map_err(|error| tauri::Error::Io(std::io::Error::other(error.message)))?;
    let mut window = WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("Stoa")
        .inner_size(1180.0, 760.0)
        .min_inner_size(380.0, 480.0)
        .data_directory(home.join("window"))
        .on_navigation(|url| {
            let own = is_own(url);
            if !own {
                display::open_in_browser(url);
            }
            own
        })
        .on_permission_request(|webview, kind| camera::permit(&webview, kind))
        .on_new_window(|url, _| {
            display::open_in_browser(&url);
            NewWindowResponse::Deny
        });
    if let Some(language) = &shell.arguments.language {
        // WebKit takes the language from the C library, which knows only the locales that were generated.
        window = window.initialization_script(format!(
            "Object.defineProperty(Navigator.prototype, 'language', {{ get: () => '{language}' }});\
             Object.defineProperty(Navigator.prototype, 'languages', {{ get: () => ['{language}'] }});"
        ));
    }
    let window = window.build()?;
    camera::enable(&window)?;
    let handle = app.handle().clone();
    window.on_window_event(move |event| {
        if let WindowEvent::DragDrop(DragDropEvent::Drop { paths, .. }) = event {
            let paths: Vec<&str> = paths.iter().filter_map(|path| path.to_str()).take(DROPPED).collect();
            if let Err(error) = handle.emit("dropped", paths) {
                tracing::warn!(%error, "the page did not hear of dropped files");
            }
        }
    });
    let handle = app.handle().clone();
    tauri::async_runtime::spawn(async move { handle.state::<Shell>().pump(&handle).await });
    let handle = app.handle().clone();
    tauri::async_runtime::spawn(async move {
        signals.told().await;
        handle.exit(0);
    });
    if shell.arguments.stop_on_eof {
        let handle = app.handle().clone();
        std::thread::spawn(move || {
            let mut part = [0_u8; 256];
            while std::io::stdin().read(&mut part).is_ok_and(|read| read > 0) {}
            handle.exit(0);
        });
    }
    Ok(())
}

/// The page's own files; in a window everything else belongs to the browser.
pub fn is_own(url: &Url) -> bool {
    // elsewhere a name that any program on this machine may answer
    url.scheme() == "tauri" || (cfg!(windows) && url.host_str() == Some("tauri.localhost"))
}

/// SIGTERM and SIGINT.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn told(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

async fn end(app: &AppHandle) {
    let backend = app.state::<Shell>().backend().await;
    if tokio::time::timeout(ENDING, backend.stop()).await.is_err() {
        tracing::warn!("the node did not end in time");
    }
}
