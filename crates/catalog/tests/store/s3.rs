//! Blobs on an S3 server, which runs on loopback over a folder.

use std::net::Ipv4Addr;
use std::process::Command;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use stoa_catalog::server::{Config, open};
use tokio::net::TcpListener;

use crate::sweep::swept;

const CHILD: &str = "STOA_TEST_S3";

#[test]
fn blobs_may_lie_on_an_s3_server() {
    let (objects, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(objects.path().join("shop")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let service = {
        let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(objects.path()).unwrap());
        service.set_auth(SimpleAuth::from_single("catalog", "secret"));
        service.build()
    };
    runtime.spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
    let child = |secret: &str| {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "s3::keeps_blobs_when_told_to", "--nocapture"])
            .env(CHILD, data.path())
            .envs([("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_ALLOW_HTTP", "true"), ("AWS_REGION", "us-east-1")])
            .envs([("AWS_ACCESS_KEY_ID", "catalog"), ("AWS_SECRET_ACCESS_KEY", secret)])
            .output()
            .unwrap()
    };
    let wrong = child("guess");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("\"blobs\""), "{}", String::from_utf8_lossy(&wrong.stderr));
    let right = child("secret");
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
    let kept = objects.path().join("shop/pictures");
    let folders: Vec<_> = std::fs::read_dir(kept).unwrap().collect();
    assert!(!folders.is_empty(), "the objects lie under the prefix");
}

/// The process that has the server's address and key in its environment; without them it has nothing to do.
#[test]
fn keeps_blobs_when_told_to() {
    let Some(data) = std::env::var_os(CHILD) else { return };
    let blobs = Some("s3://shop/pictures".to_owned());
    let config = || Config { blobs: blobs.clone(), ..Config::in_dir(&data) };
    let catalog = open(config()).unwrap();
    assert_eq!(catalog.put_blob(b"probe", "text/plain").map_err(|error| error.code()).map(drop), Ok(()));
    swept_with_probe(&catalog);
    let hash = catalog.put_blob(b"read by another", "text/plain").unwrap();
    assert_eq!(open(config()).unwrap().blob(&hash).unwrap().unwrap().1, b"read by another");
}

fn swept_with_probe(catalog: &stoa_catalog::server::Catalog) {
    while catalog.sweep(std::time::Duration::ZERO).unwrap().blobs == 0 {}
    swept(catalog);
}
