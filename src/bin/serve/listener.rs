//! Listener: accepts connections within the limits, and lets them finish when the server stops.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper::{Request, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;

use crate::app::App;
use crate::body::Peer;
use crate::shares::Shares;

/// Maximum number of headers of a request.
const MAX_HEADERS: usize = 64;

/// Serves until `stop` is done, then lets what has begun come to its end, for as long as a request may take.
pub async fn serve(app: Arc<App>, listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let limits = &app.settings.limits;
    let timeout = app.settings.timeout();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(timeout)
        .max_headers(MAX_HEADERS)
        .max_buf_size(limits.headers)
        .half_close(false);
    let connections = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let addresses = Shares::new(usize::MAX, limits.connections_per_address);
    let graceful = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        // Connections beyond the limit wait in the system's queue.
        let accepted = async {
            let permit = connections.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut stop => break,
        };
        let (Ok(permit), stream) = (permit, accepted) else { break };
        let (stream, peer) = match stream {
            Ok((stream, peer)) => (stream, peer.ip()),
            Err(error) => {
                accept_failed(&error).await;
                continue;
            }
        };
        let mut share = addresses.share(peer);
        if !share.resize(1) {
            tracing::debug!("connection closed: limits.connections_per_address");
            continue;
        }
        let service = TowerToHyperService::new(router.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            if let Some(uri) = without_slash(request.uri()) {
                *request.uri_mut() = uri;
            }
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(timed(stream, timeout)), service);
        let connection = graceful.watch(connection);
        let gauge = app.metrics.connections.clone();
        tokio::spawn(async move {
            gauge.inc();
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection");
            }
            gauge.dec();
            drop((permit, share));
        });
    }
    drop(listener);
    app.stop();
    let last = timeout + Duration::from_secs(1);
    if tokio::time::timeout(last, graceful.shutdown()).await.is_err() {
        tracing::warn!("closed connections that were still open");
    }
}

/// An address without the slash at the end of its path; none if there is none.
fn without_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/').filter(|path| !path.is_empty())?;
    let mut parts = uri.clone().into_parts();
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    parts.path_and_query = Some(format!("{path}{query}").parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// A stream that is closed when the other side does not read for so long.
fn timed(stream: TcpStream, timeout: Duration) -> Pin<Box<TimeoutStream<TcpStream>>> {
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(timeout));
    Box::pin(stream)
}

/// Waits a moment where accepting failed for want of file handles; goes on at once where the client is gone.
async fn accept_failed(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "cannot accept connections");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
