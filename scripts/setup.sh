#!/usr/bin/env bash
# Installs what is missing on Debian and Ubuntu: setup.sh run | test | bench. Does nothing when all is there.
set -euo pipefail
cd "$(dirname "$0")/.."

# Linked or called by the build: SQLCipher wants libcrypto, the window WebKitGTK. GStreamer's plugins play sound and video in the
# window (Opus, Vorbis, MP3, VP8, VP9) and open its camera.
packages=(build-essential pkg-config libssl-dev libwebkit2gtk-4.1-dev librsvg2-dev
    gstreamer1.0-plugins-base gstreamer1.0-plugins-good)
if [[ "${1:-run}" == test ]]; then
    packages+=(xvfb webkit2gtk-driver imagemagick iproute2 postgresql gstreamer1.0-tools
        fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji)
    # Ubuntu's chromium is a snap, which containers cannot run: any Chromium already there will do.
    if ! command -v chromium chromium-browser google-chrome >/dev/null; then packages+=(chromium); fi
elif [[ "${1:-run}" == bench ]]; then
    # util-linux has taskset; libvips composes the same personas; the fonts are for Chromium, which draws the same cards.
    packages+=(rsync util-linux libvips-dev fonts-noto-core fonts-noto-cjk)
    if ! command -v chromium chromium-browser google-chrome >/dev/null; then packages+=(chromium); fi
fi

fail() {
    printf 'stoa: %s\n' "$*" >&2
    exit 1
}

# True when version $1 is at least $2.
at_least() {
    [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]
}

check_tools() {
    local want have
    command -v node >/dev/null || fail "Node 20.19 or newer is needed: https://nodejs.org, or nvm install 22"
    have="$(node --version)"
    at_least "${have#v}" 20.19 || fail "Node 20.19 or newer is needed, this is $have: nvm install 22"
    command -v npm >/dev/null || fail "npm is needed; it comes with Node from https://nodejs.org"
    command -v cargo >/dev/null || fail "Rust is needed: https://rustup.rs"
    want="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
    have="$(rustc --version | cut -d ' ' -f 2)"
    at_least "$have" "$want" || fail "Rust $want or newer is needed, this is $have: rustup update stable"
}

missing_packages() {
    local installed
    installed="$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)"
    for package in "${packages[@]}"; do
        grep -qx "$package installed" <<<"$installed" || echo "$package"
    done
}

# The tests start a server of their own: the package need not make one that starts with the machine.
without_cluster() {
    local folder=/etc/postgresql-common/createcluster.d
    "$@" mkdir -p "$folder"
    echo "create_main_cluster = false" | "$@" tee "$folder/stoa.conf" >/dev/null
}

install_packages() {
    local missing sudo=()
    mapfile -t missing < <(missing_packages)
    [[ ${#missing[@]} -gt 0 ]] || return 0
    if [[ $EUID -ne 0 ]]; then
        command -v sudo >/dev/null || fail "as root: apt-get install --no-install-recommends ${missing[*]}"
        sudo=(sudo)
    fi
    echo "stoa: installing ${missing[*]}"
    "${sudo[@]}" apt-get update -q
    if [[ " ${missing[*]} " == *" postgresql "* ]]; then without_cluster "${sudo[@]}"; fi
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
}

check_tools
if command -v dpkg-query >/dev/null && command -v apt-get >/dev/null; then
    install_packages
else
    echo "stoa: no apt here; these Debian packages, by your system's names, are needed: ${packages[*]}" >&2
fi
