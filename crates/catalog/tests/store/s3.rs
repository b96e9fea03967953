//! Blobs on an S3 server, which runs on loopback over a folder.

use std::net::Ipv4Addr;
use std::process::Command;
use std::sync::{Arc, Mutex, mpsc};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use stoa_catalog::server::{Access, Config, open};
use stoa_catalog::{Expect, Hash, Patch};
use tokio::net::TcpListener;

use crate::place::{draft, picture, shop};
use crate::sweep::swept;

const CHILD: &str = "STOA_TEST_S3";

/// A server on loopback that keeps objects in a folder; a connection waits until `door` lets it in.
struct Objects {
    folder: tempfile::TempDir,
    endpoint: String,
    _runtime: tokio::runtime::Runtime,
}

type Door = Arc<dyn Fn() + Send + Sync>;

impl Objects {
    fn serve(door: Door) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("shop")).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let service = {
            let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
            service.set_auth(SimpleAuth::from_single("catalog", "secret"));
            service.build()
        };
        runtime.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (service, door) = (service.clone(), door.clone());
                tokio::spawn(async move {
                    tokio::task::spawn_blocking(move || door()).await.unwrap();
                    let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
                });
            }
        });
        Self { folder, endpoint, _runtime: runtime }
    }

    /// This test program again, as a catalog that keeps its blobs here.
    fn catalog(&self, test: &str, data: &std::path::Path, secret: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", test, "--nocapture"]).env(CHILD, data);
        command.envs([("AWS_ENDPOINT_URL", self.endpoint.as_str()), ("AWS_ALLOW_HTTP", "true"), ("AWS_REGION", "us-east-1")]);
        command.envs([("AWS_ACCESS_KEY_ID", "catalog"), ("AWS_SECRET_ACCESS_KEY", secret)]);
        command
    }
}

#[test]
fn blobs_may_lie_on_an_s3_server() {
    let (objects, data) = (Objects::serve(Arc::new(|| {})), tempfile::tempdir().unwrap());
    let child = |secret: &str| objects.catalog("s3::keeps_blobs_when_told_to", data.path(), secret).output().unwrap();
    let wrong = child("guess");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("\"blobs\""), "{}", String::from_utf8_lossy(&wrong.stderr));
    let right = child("secret");
    assert!(right.status.success(), "{}", String::from_utf8_lossy(&right.stderr));
    let kept = objects.folder.path().join("shop/pictures");
    let folders: Vec<_> = std::fs::read_dir(kept).unwrap().collect();
    assert!(!folders.is_empty(), "the objects lie under the prefix");
}

/// While an object is on its way to a slow store, others write.
#[test]
fn an_upload_to_a_slow_store_is_in_nobodys_way() {
    let data = tempfile::tempdir().unwrap();
    let catalog = open(data.path()).unwrap();
    let bees = shop(&catalog, "Bees");
    catalog.put(&bees, draft("honey", "Honey"), Expect::New).unwrap();
    let (arrived, arrivals) = mpsc::channel();
    let (release, released) = mpsc::channel::<()>();
    let first = Mutex::new(Some((arrived, released)));
    let objects = Objects::serve(Arc::new(move || {
        if let Some((arrived, released)) = first.lock().unwrap().take() {
            arrived.send(()).unwrap();
            released.recv().unwrap();
        }
    }));
    let mut uploading = objects.catalog("s3::adds_a_picture_when_told_to", data.path(), "secret").spawn().unwrap();
    arrivals.recv().unwrap();
    let patch = Patch { quantity: Some(Some(7)), ..Patch::default() };
    assert_eq!(catalog.patch(&bees, "honey", patch).unwrap().quantity, Some(7));
    release.send(()).unwrap();
    assert!(uploading.wait().unwrap().success());
    let honey = catalog.product("honey").unwrap().unwrap().verify(&catalog.key()).unwrap();
    assert_eq!((honey.quantity, honey.images), (Some(7), vec![Hash::of(&picture("slow"))]));
}

#[test]
fn adds_a_picture_when_told_to() {
    let Some(data) = std::env::var_os(CHILD) else { return };
    let catalog = open(Config { blobs: Some("s3://shop/pictures".to_owned()), ..Config::in_dir(&data) }).unwrap();
    let bees = Access::of_seller(&catalog.sellers().unwrap()[0].id);
    catalog.add_image(&bees, "honey", &picture("slow")).unwrap();
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
