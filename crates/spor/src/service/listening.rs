//! The listener for whoever watches over the service: three questions, on this machine only.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::measuring::Measuring;
use super::{metrics, probes};
use crate::config::Config;
use crate::report::{Exit, Report};

/// Guests at a time; a monitor is one or two.
const GUESTS: usize = 16;
/// How long a guest may take to say what it wants, or stay without a word.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest head of a question, in bytes.
const MAX_HEAD: usize = 16 * 1024;

/// Where to listen, as the configuration says: nowhere, or on this machine.
pub fn address(config: &Config) -> Result<Option<SocketAddr>, Report> {
    let Some(text) = config.filled("service.listen") else {
        return Ok(None);
    };
    let address: SocketAddr = text.parse().map_err(|_| {
        let message = format!("service.listen \"{text}\" is no address with a port");
        refused("listen_malformed", message, "nobody could ask the service how it fares there")
    })?;
    if !address.ip().is_loopback() {
        let message = format!("service.listen {address} is not on this machine alone");
        let because = "health and metrics are given without a login and without encryption";
        return Err(refused("listen_not_loopback", message, because));
    }
    Ok(Some(address))
}

/// Takes the address; another program may have it.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, Report> {
    TcpListener::bind(address).await.map_err(|error| {
        let message = format!("service.listen {address} cannot be taken: {error}");
        refused("listen_taken", message, "a service that nobody can watch over is not started")
    })
}

fn refused(code: &str, message: String, because: &str) -> Report {
    let next = "give an address such as 127.0.0.1:9464 or [::1]:9464 with a free port, or leave \
                it empty for none";
    Report::new(Exit::Usage, code, message, because, next)
}

/// Answers guests until the service ends.
pub async fn serve(listener: TcpListener, measuring: Arc<Measuring>) {
    let seats = Arc::new(Semaphore::new(GUESTS));
    loop {
        let Ok(seat) = Arc::clone(&seats).acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            // No file descriptor is free: it will be.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let measuring = Arc::clone(&measuring);
        tokio::spawn(async move {
            let answers = service_fn(|request: Request<Incoming>| {
                let measuring = Arc::clone(&measuring);
                async move { Ok::<_, Infallible>(answer(&request, &measuring).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_buf_size(MAX_HEAD)
                .serve_connection(TokioIo::new(stream), answers)
                .await;
            if served.is_err() {
                tracing::debug!(target: "spor::service", "a guest left in the middle of a word");
            }
            drop(seat);
        });
    }
}

/// What is told: a status, what kind of text it is, and the text.
pub struct Told {
    pub status: StatusCode,
    pub kind: &'static str,
    pub text: String,
}

async fn answer(request: &Request<Incoming>, measuring: &Measuring) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut told = response(error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"));
        told.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return told;
    }
    response(match request.uri().path() {
        "/livez" => probes::live(measuring),
        "/readyz" => probes::ready(measuring).await,
        "/metrics" => metrics::told(measuring).await,
        _ => error(StatusCode::NOT_FOUND, "not_found"),
    })
}

fn error(status: StatusCode, code: &str) -> Told {
    let text = serde_json::json!({ "error": code }).to_string();
    Told { status, kind: probes::JSON, text }
}

fn response(told: Told) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(told.text)));
    *response.status_mut() = told.status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(told.kind));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
