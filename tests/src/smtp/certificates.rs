//! An authority and a certificate made for one test server, and trusted nowhere else.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// An authority made for one server, and its certificate for `localhost` and `127.0.0.1`.
pub struct Certificates {
    /// What a client has to trust.
    pub ca_pem: String,
    /// The server's certificate.
    pub certificate_pem: String,
    /// The server's key.
    pub key_pem: String,
}

/// Makes a fresh authority and a certificate of it.
///
/// # Panics
///
/// Never with these names and kinds of key.
pub fn make() -> Certificates {
    let made = || -> Result<Certificates, rcgen::Error> {
        let ca_key = KeyPair::generate()?;
        let mut ca = CertificateParams::new(Vec::new())?;
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_pem = ca.self_signed(&ca_key)?.pem();
        let key = KeyPair::generate()?;
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let leaf = CertificateParams::new(names)?.signed_by(&key, &Issuer::new(ca, ca_key))?;
        Ok(Certificates { ca_pem, certificate_pem: leaf.pem(), key_pem: key.serialize_pem() })
    };
    made().expect("names and keys are ours")
}

pub(crate) fn acceptor(made: &Certificates) -> TlsAcceptor {
    TlsAcceptor::from(Arc::new(server(made)))
}

pub(crate) fn server(made: &Certificates) -> ServerConfig {
    let certificate = CertificateDer::from_pem_slice(made.certificate_pem.as_bytes());
    let key = PrivateKeyDer::from_pem_slice(made.key_pem.as_bytes());
    let ring = tokio_rustls::rustls::crypto::ring::default_provider();
    ServerConfig::builder_with_provider(Arc::new(ring))
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.expect("made above")], key.expect("made above"))
        .expect("key and certificate belong together")
}
