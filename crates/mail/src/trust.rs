//! Whom an encrypted connection is trusted to: the authorities of the machine, or one of our own.

use std::{path::Path, sync::Arc};

use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::{CryptoProvider, ring},
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::relay::BadRelay;

/// What encrypts a connection to one host: by STARTTLS through lettre, and from the first byte by
/// ourselves, for lettre would open that socket without `TCP_NODELAY`.
#[derive(Clone)]
pub(crate) struct Trust {
    pub(crate) starttls: TlsParameters,
    pub(crate) connector: TlsConnector,
    pub(crate) name: ServerName<'static>,
}

impl Trust {
    pub(crate) fn prepare(host: &str, ca_file: Option<&Path>) -> Result<Trust, BadRelay> {
        let unusable = |what: String| unusable(ca_file, what);
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(path) = ca_file {
            let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
            let authority =
                Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?;
            builder =
                builder.certificate_store(CertificateStore::None).add_root_certificate(authority);
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(authorities(ca_file)?);
        if roots.is_empty() {
            return Err(unusable("it holds no authority that can be read".to_owned()));
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Trust {
            starttls: builder.build_rustls().map_err(|error| unusable(error.to_string()))?,
            connector: TlsConnector::from(Arc::new(config)),
            name: ServerName::try_from(host.to_owned()).map_err(|_| BadRelay::Name("relay"))?,
        })
    }
}

/// The one crypto provider of the program.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The authorities of a PEM file, or those of the machine.
pub(crate) fn authorities(
    ca_file: Option<&Path>,
) -> Result<Vec<CertificateDer<'static>>, BadRelay> {
    let Some(path) = ca_file else {
        return Ok(rustls_native_certs::load_native_certs().certs);
    };
    let read = CertificateDer::pem_file_iter(path).and_then(Iterator::collect);
    let found: Vec<_> = read.map_err(|error| unusable(ca_file, error.to_string()))?;
    if found.is_empty() {
        return Err(unusable(ca_file, "it holds no PEM certificate".to_owned()));
    }
    Ok(found)
}

fn unusable(ca_file: Option<&Path>, what: String) -> BadRelay {
    let path = ca_file.map_or_else(|| "of this machine".into(), |path| path.display().to_string());
    BadRelay::CaFile { path, what }
}
