//! What must be so before the first GTK call.

use std::io::Write;
use std::process::Command;

/// WebKitGTK's DMA-BUF renderer leaves blank windows on some graphics cards and costs 65 MB.
const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Finds the display and sets the renderer. WebKit reads its setting from the environment, which only a new start of
/// this program can change safely.
#[cfg(target_os = "linux")]
pub fn prepare() -> Result<(), String> {
    use std::os::unix::process::CommandExt;
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !set("DISPLAY") && !set("WAYLAND_DISPLAY") {
        return Err("there is no display to open a window on; run \"stoa node run --web 127.0.0.1:0\" and open the \
                    address it prints in a browser"
            .to_owned());
    }
    if std::env::var_os(RENDERER).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        let error = Command::new(program).args(std::env::args_os().skip(1)).env(RENDERER, "1").exec();
        tracing::warn!(%error, "{RENDERER} stays unset");
    }
    gtk::init().map_err(|_| "the display does not answer; is DISPLAY or WAYLAND_DISPLAY right?".to_owned())
}

#[cfg(not(target_os = "linux"))]
pub fn prepare() -> Result<(), String> {
    Ok(())
}

/// Says why there is no window: on stderr, and in a dialog when started from the desktop, where nobody reads stderr.
pub fn tell(sentence: &str) {
    // Nobody is left to tell when stderr is closed.
    let _ = writeln!(std::io::stderr().lock(), "stoa-window: {sentence}");
    #[cfg(target_os = "linux")]
    if std::env::var_os("GIO_LAUNCHED_DESKTOP_FILE").is_some() && gtk::is_initialized_main_thread() {
        use gtk::prelude::*;
        let flags = gtk::DialogFlags::empty();
        let dialog =
            gtk::MessageDialog::new(None::<&gtk::Window>, flags, gtk::MessageType::Error, gtk::ButtonsType::Close, sentence);
        dialog.set_title("Stoa");
        dialog.run();
    }
}

/// Hands a web address to the system's browser. Anything else is dropped: the page shows what strangers wrote.
pub fn open_in_browser(url: &tauri::Url) {
    if !matches!(url.scheme(), "http" | "https") {
        return;
    }
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    match Command::new(opener).arg(url.as_str()).spawn() {
        Ok(mut child) => {
            std::thread::spawn(move || child.wait());
        }
        Err(error) => tracing::warn!(%error, "the system's browser does not open"),
    }
}
